# Who is told: scripts, FIFOs, mail.
noinst_LIBRARIES += vrrpd/notify/libvrrpd_notify.a
vrrpd_notify_libvrrpd_notify_a_SOURCES = 
