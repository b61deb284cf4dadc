# Configuration: `key=value` lines, `#` for remarks.

# config_get KEY: the value, or nothing.
config_get() {
    sed -n "s/^$1=//p" "$config_file"
}
