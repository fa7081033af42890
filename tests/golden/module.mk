# Golden diagnostics: each tests/golden/config/CASE.cfg gives exactly CASE.expected.
# After a wanted change: tests/golden/config_golden.py --update, in the build folder.
check_PROGRAMS += tests/golden/golden_config
tests_golden_golden_config_SOURCES = tests/golden/golden_config.cc
tests_golden_golden_config_LDADD = proxyd/config/libproxyd_config.a proxyd/ocsp/libproxyd_ocsp.a proxyd/certificates/libproxyd_certificates.a proxyd/rules/libproxyd_rules.a \
  $(SAMPLES_LIBS) $(SAMPLES_SYSTEM_LIBS)
TESTS += tests/golden/config_golden.py tests/conformance/config_verdicts.py
EXTRA_DIST += tests/golden/config tests/golden/config_golden.py contrib/known-keywords \
  tests/conformance/config_fragments.py tests/conformance/config_verdicts.py

include tests/golden/haproxy_syntax.mk
include tests/golden/keepalived.mk
