include tests/golden/haproxy_syntax.mk
