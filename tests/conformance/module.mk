# proxyd from outside, beside Debian's haproxy.
TWIN_TESTS = tests/conformance/tls_side_by_side.py tests/conformance/tls_faults.py tests/conformance/tls_early.py tests/conformance/tls_runtime.py tests/conformance/tls_newer.py tests/conformance/tls_forged.py tests/conformance/side_by_side.py tests/conformance/balance_twin.py tests/conformance/bad_start.py tests/conformance/corpus_verdicts.py tests/conformance/abuse.py \
  tests/conformance/large_bodies.py tests/conformance/mutate_config.py tests/conformance/stats_page_browser.py tests/conformance/http2_browser.py \
  tests/conformance/runtime_api.py tests/conformance/server_states.py tests/conformance/counters_twin.py tests/conformance/threads_under_load.py tests/conformance/tls_threads_under_load.py tests/conformance/runtime_patterns.py tests/conformance/mode_health.py tests/conformance/bandwidth.py tests/conformance/while_open.py tests/conformance/back_packets.py tests/conformance/foreground.py tests/conformance/keyword_dump.py tests/conformance/explain_twin.py \
  tests/conformance/compat_names.py tests/conformance/stats_file.py tests/conformance/keepalived_packets.py tests/conformance/keepalived_verdicts.py \
  tests/conformance/keepalived_routes.py tests/conformance/genhash_twin.py \
  tests/conformance/h2_hpack_test.py tests/conformance/h2_conformance.py tests/conformance/h2_side_by_side.py tests/conformance/h2_attacks.py \
  tests/conformance/h2_large_bodies.py tests/conformance/h2_mutate.py tests/conformance/h2_back_conformance.py tests/conformance/h2_checks.py tests/conformance/grpc_checks.py tests/conformance/ocsp_updates.py \
  tests/conformance/master.py tests/conformance/reload_in_place.py tests/conformance/reload_tls.py tests/conformance/sandbox.py tests/conformance/tls_servers.py tests/conformance/tls_samples.py tests/conformance/h2_goaway_races.py tests/conformance/peers.py tests/conformance/watchdog.py
EXTRA_DIST += $(TWIN_TESTS) tests/conformance/case.py tests/conformance/cases_answers.py tests/conformance/cases_bodies.py \
  tests/conformance/cases_connecting.py tests/conformance/cases_changes.py tests/conformance/cases_connections.py tests/conformance/cases_engine.py tests/conformance/cases_expressions.py tests/conformance/cases_facts.py tests/conformance/cases_fetches.py tests/conformance/cases_headers.py tests/conformance/cases_hints.py tests/conformance/cases_lists.py tests/conformance/cases_logs.py tests/conformance/cases_messages.py tests/conformance/cases_options.py tests/conformance/cases_requests.py \
  tests/conformance/cases_persistence.py tests/conformance/cases_servers.py tests/conformance/cases_tcp_rules.py tests/conformance/explained.py tests/conformance/runtime_sessions.py \
  tests/conformance/h2_case.py tests/conformance/h2_cases_frames.py tests/conformance/h2_cases_hpack.py tests/conformance/h2_cases_messages.py \
  tests/conformance/h2_cases_streams.py tests/conformance/h2_bystanders.py tests/conformance/h2_client.py tests/conformance/h2_explained.py tests/conformance/h2_hpack.py tests/conformance/h2_side_case.py \
  tests/conformance/h2_side_cases.py tests/conformance/h2_side_messages.py tests/conformance/h2_side_rules.py tests/conformance/h2_side_trouble.py tests/conformance/h2_stage.py \
  tests/conformance/node_components.py tests/conformance/node/components.js tests/conformance/node/package.json tests/conformance/node/package-lock.json \
  tests/conformance/tls_hello_bytes.py tests/conformance/ports.py tests/conformance/second_look.py tests/conformance/seeded.py tests/conformance/stage.py tests/conformance/verdict.py

TESTS += $(TWIN_TESTS) tests/conformance/man_pages.py tests/conformance/completion.py
EXTRA_DIST += tests/conformance/man_pages.py tests/conformance/completion.py tests/conformance/deb_packages.py

# The Debian packages: makes them first, where this build is not one for /usr in a folder beside it.
check-deb: deb
	$(MAKE) check-TESTS TESTS=tests/conformance/deb_packages.py TEST_SUITE_LOG=tests/deb.log
.PHONY: check-deb

check-twin: proxyd/proxyd vrrpd/vrrpd checkerd/checkerd checkerd/genhash/genhash keepalived/parent/keepalived
	$(MAKE) check-TESTS TESTS='$(TWIN_TESTS)' TEST_SUITE_LOG=tests/twin.log
.PHONY: check-twin

# A thousand reloads under load, and a thousand of which each second one is refused: some minutes.
check-reload-long: proxyd/proxyd
	$(PYTHON_TEST) $(srcdir)/tests/conformance/reload_in_place.py --case under_load --rounds 1000 --all-good
	$(PYTHON_TEST) $(srcdir)/tests/conformance/reload_in_place.py --case under_load --rounds 1000
.PHONY: check-reload-long

# Node's http2, ws and gRPC through proxyd: fetches their packages from the npm registry, so it is no part of `make check`.
check-node: proxyd/proxyd
	$(PYTHON_TEST) $(srcdir)/tests/conformance/node_components.py
.PHONY: check-node
