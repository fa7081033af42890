# Unit tests of lib/mail.
