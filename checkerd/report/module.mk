# What people see of checkerd: runtime commands, the table, statistics.
noinst_LIBRARIES += checkerd/report/libcheckerd_report.a
checkerd_report_libcheckerd_report_a_SOURCES = checkerd/report/desk.h \
  checkerd/report/commands.cc checkerd/report/commands.h \
  checkerd/report/dumps.cc checkerd/report/dumps.h \
  checkerd/report/ipvs_text.cc checkerd/report/ipvs_text.h \
  checkerd/report/json.cc checkerd/report/json.h \
  checkerd/report/names.cc checkerd/report/names.h \
  checkerd/report/statistics.cc checkerd/report/statistics.h
