# pure: HTTP messages and the HTTP/1 codec; no I/O in here.
noinst_LIBRARIES += lib/http/libhttp.a
lib_http_libhttp_a_SOURCES = \
  lib/http/field.h lib/http/message.h lib/http/h1_head.h lib/http/h1_body.h lib/http/h1_writer.h \
  lib/http/h1_connection.h lib/http/status.h lib/http/pages.h lib/http/uri.h
