# Real daemons in network namespaces, one test for each row of the notes. They need root; without it they are skipped.
# Each makes namespaces of its own and shares nothing with the others: `make -j4 check-labs` runs four at once.
LAB_TESTS = tests/labs/checkerd_machine.py \
  tests/labs/notes_myweb.py tests/labs/notes_webcluster.py tests/labs/notes_webservers.py \
  tests/labs/status_page_browser.py \
  tests/labs/vrrp_abuse.py tests/labs/vrrp_auth.py tests/labs/vrrp_faults.py tests/labs/vrrp_ipv6.py tests/labs/vrrp_keywords.py tests/labs/vrrp_notes_web.py tests/labs/vrrp_preempt.py tests/labs/vrrp_reload.py tests/labs/vrrp_scale.py tests/labs/vrrp_scripts.py \
  tests/labs/vrrp_single.py tests/labs/vrrp_vmac.py
EXTRA_DIST += $(LAB_TESTS) tests/labs/lab.py tests/labs/vrrp_lab.py tests/labs/vrrp_probe.py \
  tests/labs/machine.py tests/labs/lvs_lab.py tests/labs/machine

check-labs: proxyd/proxyd vrrpd/vrrpd tests/unit/checkerd_ipvs_test
	$(MAKE) check-TESTS TESTS='$(LAB_TESTS)' TEST_SUITE_LOG=tests/labs.log
.PHONY: check-labs
