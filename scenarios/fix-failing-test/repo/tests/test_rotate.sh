# Cases for lib/rotate.sh. The working folder is empty and thrown away afterwards.
. "$root/lib/rotate.sh"

# generations: what the generations hold, newest first, `-` for a gap.
generations() {
    for n in 1 2 3 4 5; do
        if [ -f "watch.log.$n" ]; then cat "watch.log.$n"; else echo -; fi
    done | tr '\n' ' '
}

for day in mon tue wed thu fri; do
    echo "$day" > watch.log
    rotate_shift watch.log 3
done
check 'three generations stay beside the live file' 'fri thu wed - - ' "$(generations)"
check 'the live file starts again empty' 0 "$(wc -c < watch.log | tr -d ' ')"

rm -f watch.log*
for day in mon tue; do
    echo "$day" > watch.log
    rotate_shift watch.log 1
done
check 'a single generation is replaced' 'tue - - - - ' "$(generations)"

rm -f watch.log*
echo mon > watch.log
rotate_shift watch.log 0
check 'without generations nothing stays' '- - - - - ' "$(generations)"

check 'a modest number is kept as it is' 12 "$(rotate_keep 12)"
check 'a word is no number' "turnlog: not a number of generations: 'many'" "$(rotate_keep many 2>&1)"
