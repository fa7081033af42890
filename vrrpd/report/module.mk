# What is shown: dump files and the runtime commands.
noinst_LIBRARIES += vrrpd/report/libvrrpd_report.a
vrrpd_report_libvrrpd_report_a_SOURCES = vrrpd/report/commands.cc vrrpd/report/commands.h \
  vrrpd/report/data_dump.cc vrrpd/report/holding_text.cc vrrpd/report/holding_text.h \
  vrrpd/report/dumps.cc vrrpd/report/dumps.h vrrpd/report/events.cc vrrpd/report/events.h \
  vrrpd/report/metrics.cc vrrpd/report/metrics.h vrrpd/report/snapshot.h
