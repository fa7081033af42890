# Sessions: a client connection's life, a request's way to a server and back.
noinst_LIBRARIES += proxyd/session/libproxyd_session.a
proxyd_session_libproxyd_session_a_SOURCES = \
  proxyd/session/await_body.cc \
  proxyd/session/back.cc proxyd/session/back.h \
  proxyd/session/back_plan.cc proxyd/session/back_plan.h \
  proxyd/session/balance_key.cc proxyd/session/balance_key.h \
  proxyd/session/buffer.cc proxyd/session/buffer.h \
  proxyd/session/connection_error.cc proxyd/session/front_error.cc proxyd/session/front_error.h \
  proxyd/session/connection_rules.cc proxyd/session/connection_rules.h \
  proxyd/session/cookie_dates.cc proxyd/session/cookie_dates.h \
  proxyd/session/client_tlvs.cc proxyd/session/client_tlvs.h \
  proxyd/session/choose_backend.cc proxyd/session/choose_backend.h \
  proxyd/session/exchange.cc proxyd/session/exchange.h \
  proxyd/session/facts.cc \
  proxyd/session/foreword.cc proxyd/session/foreword.h \
  proxyd/session/http2_back.cc proxyd/session/http2_back.h proxyd/session/http2_front.cc proxyd/session/http2_wire.cc proxyd/session/http2_wire.h \
  proxyd/session/handshake.cc proxyd/session/handshake.h proxyd/session/tls_facts.cc \
  proxyd/session/format_text.cc proxyd/session/format_text.h \
  proxyd/session/forwarding.cc proxyd/session/forwarding.h \
  proxyd/session/front.cc proxyd/session/front.h \
  proxyd/session/http_facts.cc \
  proxyd/session/http_stream.cc proxyd/session/http_stream.h \
  proxyd/session/header_names.cc proxyd/session/header_names.h \
  proxyd/session/keepsakes.cc proxyd/session/keepsakes.h \
  proxyd/session/local_answer.cc proxyd/session/local_answer.h proxyd/session/local_page.h \
  proxyd/session/monitoring.cc proxyd/session/monitoring.h \
  proxyd/session/patience.cc proxyd/session/patience.h \
  proxyd/session/persistence.cc proxyd/session/persistence.h proxyd/session/response_cookie.cc \
  proxyd/session/pace.cc proxyd/session/pace.h \
  proxyd/session/pipe.cc proxyd/session/pipe.h \
  proxyd/session/pump.cc proxyd/session/pump.h \
  proxyd/session/request_rules.cc proxyd/session/request_rules.h \
  proxyd/session/repeat.cc proxyd/session/repeat.h \
  proxyd/session/reach.cc \
  proxyd/session/stations.h proxyd/session/tell_choice.h \
  proxyd/session/server_tls_facts.cc proxyd/session/server_shake.cc proxyd/session/server_shake.h \
  proxyd/session/serve.h proxyd/session/serve_http.cc proxyd/session/serve_tcp.cc \
  proxyd/session/stream.cc proxyd/session/stream.h \
  proxyd/session/tcp_rules.cc proxyd/session/tcp_rules.h \
  proxyd/session/tcp_stream.cc proxyd/session/tcp_stream.h \
  proxyd/session/trace.cc proxyd/session/trace.h \
  proxyd/session/variable_pool.h \
  proxyd/session/worker.cc proxyd/session/site.h proxyd/session/worker.h
