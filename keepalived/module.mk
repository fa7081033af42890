# What vrrpd and checkerd share of keepalived: its command line, log, pid files, scripts, FIFOs and mails.
noinst_LIBRARIES += keepalived/libkeepalived_shared.a
keepalived_libkeepalived_shared_a_SOURCES = keepalived/level.h
