# proxyd from outside, beside Debian's haproxy.
EXTRA_DIST += tests/conformance/case.py tests/conformance/cases_bodies.py tests/conformance/cases_connections.py \
  tests/conformance/cases_headers.py tests/conformance/cases_requests.py tests/conformance/cases_servers.py \
  tests/conformance/explained.py tests/conformance/side_by_side.py tests/conformance/stage.py

check-twin: proxyd/proxyd
	$(PYTHON_TEST) $(top_srcdir)/tests/conformance/side_by_side.py
.PHONY: check-twin
