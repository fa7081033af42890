# pure: HTTP messages and the HTTP/1 codec; no I/O in here.
noinst_LIBRARIES += lib/http/libhttp.a
lib_http_libhttp_a_SOURCES = \
  lib/http/cookie.cc lib/http/cookie.h \
  lib/http/field.cc lib/http/field.h \
  lib/http/h1_body.cc lib/http/h1_body.h \
  lib/http/h1_connection.cc lib/http/h1_connection.h \
  lib/http/h1_fault.cc lib/http/h1_head.h \
  lib/http/h1_meaning.cc lib/http/h1_meaning.h \
  lib/http/h1_request.cc lib/http/h1_response.cc lib/http/h1_scan.h \
  lib/http/h1_settle.cc lib/http/h1_settle.h \
  lib/http/h1_writer.cc lib/http/h1_writer.h \
  lib/http/h2_text.cc lib/http/h2_text.h \
  lib/http/h2_fields.h \
  lib/http/h2_request.cc lib/http/h2_request.h \
  lib/http/h2_response.cc lib/http/h2_response.h \
  lib/http/list.h \
  lib/http/message.cc lib/http/message.h \
  lib/http/pages.cc lib/http/pages.h \
  lib/http/scan.h \
  lib/http/status.cc lib/http/status.h \
  lib/http/uri.cc lib/http/uri.h
