// proxyd: TCP and HTTP proxy, run from haproxy.cfg.
#include <cstdio>

int main() {
  std::fputs("proxyd: not wired yet\n", stderr);
  return 1;
}
