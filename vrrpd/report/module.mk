# What is shown: dump files and the runtime commands.
noinst_LIBRARIES += vrrpd/report/libvrrpd_report.a
vrrpd_report_libvrrpd_report_a_SOURCES = vrrpd/report/commands.cc vrrpd/report/commands.h \
  vrrpd/report/dumps.cc vrrpd/report/dumps.h vrrpd/report/snapshot.h
