# vrrpd -t on typical mistakes, and keepalived on the same files. After a wanted change, in the build folder:
# ../tests/golden/keepalived_golden.py --update
TESTS += tests/golden/keepalived_golden.py tests/golden/keepalived_twin.sh
EXTRA_DIST += tests/golden/keepalived tests/golden/keepalived_golden.py tests/golden/keepalived_twin.sh
# What `--plan` says, from files and from random pairs of files.
TESTS += tests/golden/keepalived_plan.py
EXTRA_DIST += tests/golden/keepalived_plan tests/golden/keepalived_plan.py tests/labs/plan_model.py
