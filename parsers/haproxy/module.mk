# pure: haproxy.cfg as text to a statement tree.
noinst_LIBRARIES += parsers/haproxy/libhaproxy_parser.a
parsers_haproxy_libhaproxy_parser_a_SOURCES =
