"""Where proxyd differs from Debian's haproxy 2.6 on purpose: case name -> (aspects, reason)."""

EXPLAINED = {
}
