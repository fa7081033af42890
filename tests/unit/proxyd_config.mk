check_PROGRAMS += tests/unit/proxyd_samples_test tests/unit/proxyd_rules_test tests/unit/proxyd_config_test
TESTS += tests/unit/proxyd_samples_test tests/unit/proxyd_rules_test tests/unit/proxyd_config_test
SAMPLES_TEST_LIBS = $(SAMPLES_LIBS) $(SAMPLES_SYSTEM_LIBS)

tests_unit_proxyd_samples_test_SOURCES = tests/unit/proxyd/samples/compile_test.cc \
  tests/unit/proxyd/samples/message_converters_test.cc tests/unit/proxyd/samples/named_fetches_test.cc \
  tests/unit/proxyd/samples/expression_vectors.h tests/unit/proxyd/samples/fake_subject.h
tests_unit_proxyd_samples_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_samples_test_LDADD = $(UNIT_LIBS) $(SAMPLES_TEST_LIBS)

tests_unit_proxyd_rules_test_SOURCES = tests/unit/proxyd/rules/acl_line_test.cc tests/unit/proxyd/rules/acl_vectors.h \
  tests/unit/proxyd/rules/fake_actor.h tests/unit/proxyd/rules/format_text.h tests/unit/proxyd/rules/rule_test.cc tests/unit/proxyd/rules/answer_test.cc tests/unit/proxyd/rules/change_test.cc \
  tests/unit/proxyd/rules/stream_actions_test.cc tests/unit/proxyd/rules/list_actions_test.cc tests/unit/proxyd/rules/listed_headers_test.cc
tests_unit_proxyd_rules_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_rules_test_LDADD = $(UNIT_LIBS) proxyd/rules/libproxyd_rules.a proxyd/formats/libproxyd_formats.a $(SAMPLES_TEST_LIBS)

tests_unit_proxyd_config_test_SOURCES = tests/unit/proxyd/config/address_text_test.cc \
  tests/unit/proxyd/config/load_test.cc tests/unit/proxyd/config/loaded.h tests/unit/proxyd/config/number_text_test.cc \
  tests/unit/proxyd/config/ring_section_test.cc tests/unit/proxyd/config/server_state_test.cc \
  tests/unit/proxyd/config/stats_file_test.cc
tests_unit_proxyd_config_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_config_test_LDADD = $(UNIT_LIBS) proxyd/config/libproxyd_config.a proxyd/ocsp/libproxyd_ocsp.a proxyd/certificates/libproxyd_certificates.a proxyd/rules/libproxyd_rules.a \
  $(SAMPLES_TEST_LIBS)
