# Real daemons in network namespaces, one test for each row of the notes. They need root; without it they are skipped.
# Each makes namespaces of its own and shares nothing with the others: `make -j4 check-labs` runs four at once.
LAB_TESTS = tests/labs/checkerd_lvs.py tests/labs/checkerd_notes.py tests/labs/checkerd_machine.py tests/labs/checkerd_nftables.py \
  tests/labs/checkerd_bfd.py tests/labs/checkerd_faults.py tests/labs/checkerd_notes_nat.py tests/labs/checkerd_program.py tests/labs/checkerd_runtime.py tests/labs/checkerd_scale.py \
  tests/labs/keepalived_backoff.py tests/labs/keepalived_parent.py tests/labs/keepalived_rights.py \
  tests/labs/notes_myweb.py tests/labs/notes_webcluster.py tests/labs/notes_webservers.py \
  tests/labs/proxy_transparent.py tests/labs/reload_plan.py tests/labs/status_page_browser.py \
  tests/labs/systemd_haproxy.py tests/labs/systemd_keepalived.py tests/labs/systemd_own_units.py \
  tests/labs/vrrp_abuse.py tests/labs/vrrp_auth.py tests/labs/vrrp_faults.py tests/labs/vrrp_ipv6.py tests/labs/vrrp_keywords.py \
  tests/labs/vrrp_leftovers.py \
  tests/labs/vrrp_notes_web.py tests/labs/vrrp_preempt.py tests/labs/vrrp_reload.py tests/labs/vrrp_scale.py tests/labs/vrrp_scripts.py \
  tests/labs/vrrp_single.py tests/labs/vrrp_track_group.py tests/labs/vrrp_vmac.py
# The pair as its users run it: what is installed, at its place.
LAB_TESTS += tests/labs/demo_pair.py tests/labs/notes_keepalived.py tests/labs/notes_pair.py tests/labs/notes_proxies.py \
  tests/labs/pair_kill.py tests/labs/pair_reload.py
# The drivers of checkerd in a lab's hands.
check_PROGRAMS += tests/labs/driver_tool
tests_labs_driver_tool_SOURCES = tests/labs/driver_tool.cc
tests_labs_driver_tool_LDADD = checkerd/driver/libcheckerd_driver.a checkerd/core/libcheckerd_core.a keepalived/plan/libkeepalived_plan.a lib/plan/libplan.a keepalived/libkeepalived_shared.a \
  parsers/keepalived/libkeepalived_parser.a parsers/common/libparsers_common.a $(LIB_LIBS) $(NETLINK_LIBS) $(SYSTEM_LIBS)
LAB_NEEDS = contrib/systemd/keepalived.service tests/labs/installed.stamp keepalived/parent/keepalived checkerd/genhash/genhash tests/labs/driver_tool tests/unit/checkerd_ipvs_test tests/unit/checkerd_nftables_test
EXTRA_DIST += $(LAB_TESTS) tests/labs/systemd_deb.py tests/labs/lab.py tests/labs/checkerd_lab.py tests/labs/keepalived_lab.py tests/labs/vrrp_lab.py tests/labs/vrrp_probe.py \
  tests/labs/machine.py tests/labs/pair_client.py tests/labs/pair_lab.py tests/labs/lvs_lab.py tests/labs/systemd_lab.py tests/labs/machine

check-labs: proxyd/proxyd vrrpd/vrrpd checkerd/checkerd $(LAB_NEEDS)
	$(MAKE) check-TESTS TESTS='$(LAB_TESTS)' TEST_SUITE_LOG=tests/labs.log
# The same kills and reloads as in check-labs, many more of them: 100 and 200. More of the units, and the Debian packages.
check-labs-long: $(LAB_NEEDS) deb
	PAIR_KILLS=100 PAIR_RELOADS=200 $(MAKE) check-TESTS TESTS='tests/labs/pair_kill.py tests/labs/pair_reload.py' TEST_SUITE_LOG=tests/labs-long.log
	SYSTEMD_LABS=long $(MAKE) check-TESTS TESTS='tests/labs/systemd_haproxy.py tests/labs/systemd_keepalived.py tests/labs/systemd_own_units.py tests/labs/systemd_deb.py' TEST_SUITE_LOG=tests/labs-long-systemd.log
	tail -n 12 tests/labs/pair_kill.log tests/labs/pair_reload.log tests/labs/systemd_haproxy.log tests/labs/systemd_keepalived.log tests/labs/systemd_own_units.log tests/labs/systemd_deb.log
.PHONY: check-labs check-labs-long
# What `make install-compat` installs, for the labs whose machines have it at /usr/sbin.
tests/labs/installed.stamp: proxyd/proxyd vrrpd/vrrpd checkerd/checkerd checkerd/genhash/genhash keepalived/parent/keepalived
	rm -rf tests/labs/installed && $(MAKE) -s install-compat DESTDIR='$(abs_top_builddir)/tests/labs/installed' INSTALL_PROGRAM='$(INSTALL_STRIP_PROGRAM)' >/dev/null && touch $@
CLEANFILES += tests/labs/installed.stamp
clean-local: clean-installed
clean-installed:
	rm -rf tests/labs/installed
.PHONY: clean-installed
