# Who is told: scripts, FIFOs, mail.
noinst_LIBRARIES += vrrpd/notify/libvrrpd_notify.a
vrrpd_notify_libvrrpd_notify_a_SOURCES = \
  vrrpd/notify/messages.cc vrrpd/notify/messages.h \
  vrrpd/notify/notifier.cc vrrpd/notify/notifier.h
