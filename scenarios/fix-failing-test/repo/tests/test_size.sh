# Cases for lib/size.sh.
. "$root/lib/size.sh"

check 'plain bytes' 512 "$(size_bytes 512)"
check 'kibibytes' 65536 "$(size_bytes 64K)"
check 'mebibytes' 2097152 "$(size_bytes 2M)"
check 'a size needs a number' "turnlog: not a size: 'K'" "$(size_bytes K 2>&1)"
