# SMTP client for alerts.
noinst_LIBRARIES += lib/mail/libmail.a
lib_mail_libmail_a_SOURCES = lib/mail/smtp.cc lib/mail/smtp.h
