# The unit tests of the nftables driver, against this kernel; but for the one that measures time.
SCENARIO=nftables_test
now; _t0=$NOW
checkerd_nftables_test '~200 services*' >/run/lab/raw 2>&1
_rc=$?
now
[ $_rc = 0 ] && report "unit tests of the nftables driver" pass $((NOW - _t0)) "$(tail -n 2 /run/lab/raw | head -n 1)" ||
    report "unit tests of the nftables driver" FAIL $((NOW - _t0)) "exit status $_rc"
raw "unit tests of the nftables driver"
