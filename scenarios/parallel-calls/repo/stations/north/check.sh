#!/bin/sh
# Compares lamp.conf with the plate. Run it in this folder.
wanted_tag=$(sed -n 's/^Tag of the lamp: //p' plate.txt)
wanted_period=$(sed -n 's/^The lamp turns once in \(.*\) seconds\.$/\1/p' plate.txt)
tag=$(sed -n 's/^tag = //p' lamp.conf)
period=$(sed -n 's/^period = //p' lamp.conf)
faults=0
[ "$tag" = "$wanted_tag" ] || { echo "north: tag is '$tag', the plate differs"; faults=1; }
[ "$period" = "$wanted_period" ] || { echo "north: period is '$period', the plate differs"; faults=1; }
[ "$faults" -eq 0 ] && echo "north: agrees with the plate"
exit "$faults"
