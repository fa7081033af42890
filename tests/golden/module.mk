# Golden diagnostics: each tests/golden/config/CASE.cfg gives exactly CASE.expected and its exit code.
noinst_PROGRAMS += tests/golden/golden_config
tests_golden_golden_config_SOURCES = tests/golden/golden_config.cc
tests_golden_golden_config_LDADD = proxyd/config/libproxyd_config.a proxyd/rules/libproxyd_rules.a \
  proxyd/samples/libproxyd_samples.a $(PARSER_LIBS) lib/net/libnet.a lib/base/libbase.a $(FMT_LIBS)

include tests/golden/haproxy_syntax.mk
