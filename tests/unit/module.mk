# Unit tests: one program a folder of the tree (tests/unit/lib/base -> tests/unit/lib_base_test), each linking only what
# stands below that folder, so that a wrong dependency fails to link. catch_main.cc is compiled once.
noinst_LIBRARIES += tests/unit/libcatch_main.a
tests_unit_libcatch_main_a_SOURCES = tests/unit/catch_main.cc
tests_unit_libcatch_main_a_CXXFLAGS = $(TRIAD_CXXFLAGS) -fexceptions -frtti -w
UNIT_CXXFLAGS = $(TRIAD_CXXFLAGS) -fexceptions -frtti -Wall -Wextra
UNIT_LIBS = tests/unit/libcatch_main.a

check_PROGRAMS += tests/unit/lib_base_test
tests_unit_lib_base_test_SOURCES = tests/unit/lib/base/text_test.cc tests/unit/lib/base/list_test.cc tests/unit/lib/base/outside_test.cc \
  tests/unit/lib/base/page_blocks_test.cc
tests_unit_lib_base_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_base_test_LDADD = $(UNIT_LIBS) lib/base/libbase.a $(FMT_LIBS)
TESTS += tests/unit/lib_base_test
include tests/unit/lib.mk
include tests/unit/parsers_common.mk
include tests/unit/lib_metrics.mk
include tests/unit/lib_runtime.mk
include tests/unit/logs.mk
include tests/unit/http.mk
include tests/unit/parsers_haproxy.mk
include tests/unit/lib_probe.mk
include tests/unit/proxyd_balance.mk
include tests/unit/proxyd_servers.mk
include tests/unit/proxyd_stats.mk
include tests/unit/proxyd_config.mk
include tests/unit/session.mk
include tests/unit/proxyd_cli.mk
include tests/unit/proxyd_master.mk
include tests/unit/lib_netlink.mk
include tests/unit/lib_mail.mk
include tests/unit/parsers_keepalived.mk
include tests/unit/vrrpd_core.mk
include tests/unit/vrrpd_kernel.mk
include tests/unit/vrrpd_track.mk
include tests/unit/vrrpd_notify.mk
include tests/unit/keepalived.mk
include tests/unit/vrrpd_report.mk
include tests/unit/vrrpd.mk
include tests/unit/checkerd_core.mk
include tests/unit/checkerd_driver.mk
include tests/unit/checkerd_checkers.mk
include tests/unit/checkerd_report.mk
include tests/unit/listen.mk
include tests/unit/proxyd_patterns.mk
include tests/unit/proxyd_explain.mk
include tests/unit/proxyd_reload.mk
include tests/unit/lib_tls.mk
include tests/unit/lib_http2.mk
include tests/unit/proxyd_certificates.mk
include tests/unit/proxyd_ocsp.mk
