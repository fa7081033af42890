# Fuzz targets. Each is a tests/fuzz/NAME_fuzz.cc with LLVMFuzzerTestOneInput() and a committed corpus in
# tests/fuzz/corpus/NAME/. With --enable-fuzzing CXX=clang++ it becomes a libFuzzer program:
#   tests/fuzz/NAME_fuzz -max_total_time=600 NEW_FOLDER ../tests/fuzz/corpus/NAME
# otherwise `make check` replays the corpus through replay_main.cc, with any compiler. Every crash becomes a corpus file.
# To add one: copy the six lines of haproxy_cfg_fuzz into tests/fuzz/NAME.mk and include it at the end of this file.
if FUZZING
FUZZ_MAIN =
else
noinst_LIBRARIES += tests/fuzz/libreplay_main.a
tests_fuzz_libreplay_main_a_SOURCES = tests/fuzz/replay_main.cc
tests_fuzz_libreplay_main_a_CXXFLAGS = $(UNIT_CXXFLAGS)
FUZZ_MAIN = tests/fuzz/libreplay_main.a
endif
EXTRA_DIST += tests/fuzz/corpus

include tests/fuzz/haproxy_cfg.mk
include tests/fuzz/h1.mk
include tests/fuzz/command_line.mk
include tests/fuzz/vrrp.mk
include tests/fuzz/ocsp_answer.mk
include tests/fuzz/probe.mk
include tests/fuzz/expression.mk
include tests/fuzz/proxy_header.mk
include tests/fuzz/tls_hello.mk
include tests/fuzz/http2_session.mk
include tests/fuzz/pattern_file.mk
include tests/fuzz/condition.mk
include tests/fuzz/log_format.mk
include tests/fuzz/crt_list.mk
include tests/fuzz/server_state.mk
include tests/fuzz/stats_file.mk
