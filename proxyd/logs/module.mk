noinst_LIBRARIES += proxyd/logs/libproxyd_logs.a
proxyd_logs_libproxyd_logs_a_SOURCES = \
  proxyd/logs/line_writer.cc proxyd/logs/line_writer.h \
  proxyd/logs/logger.cc proxyd/logs/logger.h \
  proxyd/logs/record.h \
  proxyd/logs/render.cc proxyd/logs/render.h \
  proxyd/logs/render_object.cc proxyd/logs/render_object.h \
  proxyd/logs/rings.cc proxyd/logs/rings.h \
  proxyd/logs/request_text.cc proxyd/logs/request_text.h
