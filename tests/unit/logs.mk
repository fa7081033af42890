check_PROGRAMS += tests/unit/lib_log_test
tests_unit_lib_log_test_SOURCES = tests/unit/lib/log/dates_test.cc tests/unit/lib/log/forwarder_test.cc \
  tests/unit/lib/log/ring_test.cc tests/unit/lib/log/sampling_test.cc tests/unit/lib/log/sender_test.cc
tests_unit_lib_log_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_log_test_LDADD = $(UNIT_LIBS) lib/log/liblog.a lib/net/libnet.a lib/event/libevent.a lib/base/libbase.a \
  $(EV_LIBS) $(FMT_LIBS)
TESTS += tests/unit/lib_log_test

check_PROGRAMS += tests/unit/lib_process_test
tests_unit_lib_process_test_SOURCES = tests/unit/lib/process/process_test.cc tests/unit/lib/process/system_calls_test.cc
tests_unit_lib_process_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_lib_process_test_LDADD = $(UNIT_LIBS) lib/process/libprocess.a lib/base/libbase.a $(FMT_LIBS) \
  $(CAPNG_LIBS) $(SECCOMP_LIBS)
TESTS += tests/unit/lib_process_test

check_PROGRAMS += tests/unit/proxyd_command_line_test
tests_unit_proxyd_command_line_test_SOURCES = tests/unit/proxyd/command_line_test.cc
tests_unit_proxyd_command_line_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_command_line_test_LDADD = $(UNIT_LIBS) proxyd/libproxyd_command_line.a lib/process/libprocess.a lib/base/libbase.a $(CRYPTO_LIBS) $(FMT_LIBS)
TESTS += tests/unit/proxyd_command_line_test

check_PROGRAMS += tests/unit/proxyd_logs_test
tests_unit_proxyd_logs_test_SOURCES = \
  tests/unit/proxyd/logs/format_test.cc tests/unit/proxyd/logs/logger_test.cc \
  tests/unit/proxyd/logs/render_object_test.cc tests/unit/proxyd/logs/render_test.cc \
  tests/unit/proxyd/logs/request_text_test.cc
tests_unit_proxyd_logs_test_CXXFLAGS = $(UNIT_CXXFLAGS)
tests_unit_proxyd_logs_test_LDADD = $(UNIT_LIBS) proxyd/logs/libproxyd_logs.a proxyd/config/libproxyd_config.a proxyd/ocsp/libproxyd_ocsp.a proxyd/certificates/libproxyd_certificates.a \
  proxyd/rules/libproxyd_rules.a lib/log/liblog.a lib/event/libevent.a $(SAMPLES_LIBS) $(SAMPLES_SYSTEM_LIBS) \
  $(EV_LIBS)
TESTS += tests/unit/proxyd_logs_test
