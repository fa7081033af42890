# Unit tests of checkerd/driver.
