# Statistics: facts from the running process, the field tables over them, the web page. All but admin, gather, measure, page
# and preload is pure.
noinst_LIBRARIES += proxyd/stats/libproxyd_stats.a
proxyd_stats_libproxyd_stats_a_SOURCES = \
  proxyd/stats/admin.cc proxyd/stats/admin.h \
  proxyd/stats/admin_form.cc proxyd/stats/admin_form.h \
  proxyd/stats/auth.cc proxyd/stats/auth.h \
  proxyd/stats/facts.cc proxyd/stats/facts.h \
  proxyd/stats/fields.cc proxyd/stats/fields.h \
  proxyd/stats/gather.cc proxyd/stats/gather.h \
  proxyd/stats/html.h proxyd/stats/html_head.cc proxyd/stats/html_table.cc \
  proxyd/stats/info.cc proxyd/stats/info.h \
  proxyd/stats/kept.cc proxyd/stats/kept.h \
  proxyd/stats/measure.cc proxyd/stats/measure.h \
  proxyd/stats/page.cc proxyd/stats/page.h \
  proxyd/stats/page_options.cc proxyd/stats/page_options.h \
  proxyd/stats/preload.cc proxyd/stats/preload.h
