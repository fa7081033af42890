# What is shown: dump files and the runtime commands.
noinst_LIBRARIES += vrrpd/report/libvrrpd_report.a
vrrpd_report_libvrrpd_report_a_SOURCES = 
