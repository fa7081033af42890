# pure but for files.cc, which reads what it is told to: keepalived.conf as text to typed data.
noinst_LIBRARIES += parsers/keepalived/libkeepalived_parser.a
parsers_keepalived_libkeepalived_parser_a_SOURCES = parsers/keepalived/config.h parsers/keepalived/load.h parsers/keepalived/system.h parsers/keepalived/virtual_server.h
