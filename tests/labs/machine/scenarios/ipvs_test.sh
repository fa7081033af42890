# The unit tests of the ipvs driver, against this kernel.
SCENARIO=ipvs_test
now; _t0=$NOW
TRIAD_NEEDS_IPVS=1 checkerd_ipvs_test >/run/lab/raw 2>&1
_rc=$?
now
[ $_rc = 0 ] && report "unit tests of the ipvs driver" pass $((NOW - _t0)) "$(tail -n 2 /run/lab/raw | head -n 1)" ||
    report "unit tests of the ipvs driver" FAIL $((NOW - _t0)) "exit status $_rc"
raw "unit tests of the ipvs driver"
