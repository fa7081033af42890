# HTTP/2 by libnghttp2: connections and streams without sockets, both roles.
noinst_LIBRARIES += lib/http2/libhttp2.a
lib_http2_libhttp2_a_SOURCES = \
  lib/http2/client.cc lib/http2/client.h \
  lib/http2/connection.cc lib/http2/connection.h \
  lib/http2/nv.cc lib/http2/nv.h \
  lib/http2/server.cc lib/http2/server.h \
  lib/http2/stream.cc lib/http2/stream.h \
  lib/http2/websocket.cc lib/http2/websocket.h
