// Nanoseconds and heap allocations per message head, per gathered head and per chunk: the codec's
// hot paths.
#include <sys/uio.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "lib/http/h1_body.h"
#include "lib/http/h1_connection.h"
#include "lib/http/h1_head.h"
#include "lib/http/h1_writer.h"

namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace lib::http;

const std::string kWrk = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n   ";
const std::string kNginx =
    "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 00:00:00 "
    "GMT\r\nContent-Type: text/html\r\n"
    "Content-Length: 128\r\nConnection: keep-alive\r\nETag: \"65f1b1c2-80\"\r\nAccept-Ranges: "
    "bytes\r\n\r\n";
const std::string kBrowser =
    "GET /assets/application-3f1c.js?version=20261121 HTTP/1.1\r\nHost: "
    "www.example.com\r\nConnection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"130\", \"Google Chrome\";v=\"130\", "
    "\"Not?A_Brand\";v=\"99\"\r\nsec-ch-ua-mobile: ?0\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\nUpgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 "
    "(X11; Linux x86_64) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36\r\nAccept: "
    "text/html,application/xhtml+xml,"
    "application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/"
    "signed-exchange;v=b3;q=0.7\r\n"
    "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: "
    "document\r\n"
    "Referer: https://www.example.com/some/page/with/a/long/path.html\r\nAccept-Encoding: gzip, "
    "deflate, br, zstd\r\n"
    "Accept-Language: en-US,en;q=0.9,de;q=0.8\r\nCookie: session=0123456789abcdef0123456789abcdef; "
    "theme=dark; "
    "_ga=GA1.2.1234567890.1234567890; _gid=GA1.2.987654321.1234567890\r\nIf-None-Match: "
    "\"65f1b1c2-80\"\r\n\r\n";

/// CPU time: other programs on the machine do not count.
double cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// Runs `once` in batches and prints the median batch, the spread and the allocations.
template <class Once>
void measure(const char* what, std::size_t bytes, Once once) {
  constexpr int kBatches = 31, kRounds = 20'000;
  std::array<double, kBatches> nanoseconds;
  for (int i = 0; i < kRounds; ++i) once();
  const std::size_t before = allocations;
  for (double& batch : nanoseconds) {
    const double start = cpu_nanoseconds();
    for (int i = 0; i < kRounds; ++i) once();
    batch = (cpu_nanoseconds() - start) / kRounds;
  }
  std::sort(nanoseconds.begin(), nanoseconds.end());
  const std::size_t allocated = allocations - before;
  std::printf("%-28s %5zu bytes  %7.1f ns  (%.1f .. %.1f)  %zu allocations\n", what, bytes,
              nanoseconds[kBatches / 2], nanoseconds.front(), nanoseconds.back(), allocated);
}

void fail() {
  std::puts("the text of a benchmark does not parse");
  std::exit(1);
}

void measure_request(const char* what, const std::string& text) {
  std::string bytes = text;
  static RequestHead head;
  measure(what, text.size(), [&] {
    HeadState state;
    text.copy(bytes.data(), bytes.size());  // as received: names not yet in lower case
    if (parse_request_head({bytes.data(), bytes.size()}, {}, state, head) != HeadStatus::Complete)
      fail();
  });
}

void measure_forward(const char* what, const std::string& text) {
  std::string bytes = text;
  static RequestHead head;
  static std::array<char, 1024> area;
  measure(what, text.size(), [&] {
    HeadState state;
    text.copy(bytes.data(), bytes.size());  // as received: names not yet in lower case
    if (parse_request_head({bytes.data(), bytes.size()}, {}, state, head) != HeadStatus::Complete)
      fail();
    HeadWriter writer{head, area};
    std::array<iovec, 16> out;
    if (!forward_connection(writer, head, Persistence::KeepAlive) ||
        !writer.add("x-forwarded-for", "127.0.0.1") || writer.gather(out) == 0)
      fail();
  });
}

}  // namespace

int main() {
  measure_request("wrk request", kWrk.substr(0, kWrk.find("\r\n\r\n") + 4));
  measure_request("browser request", kBrowser);
  std::string bytes = kNginx;
  static ResponseHead head;
  measure("nginx response", kNginx.size(), [&] {
    HeadState state;
    kNginx.copy(bytes.data(), bytes.size());
    if (parse_response_head({bytes.data(), bytes.size()}, {}, {}, state, head) !=
        HeadStatus::Complete)
      fail();
  });
  measure_forward("wrk request, forwarded", kWrk.substr(0, kWrk.find("\r\n\r\n") + 4));
  measure_forward("browser request, forwarded", kBrowser);
  const std::string chunk{chunk_size_line(4096).text()};
  std::string body;
  for (int i = 0; i < 4; ++i) body += chunk + std::string(4096, 'x') + "\r\n";
  body += "0\r\n\r\n";
  measure("four chunks of 4 KiB", body.size(), [&] {
    ChunkScanner scanner;
    if (!scanner.scan(body.data(), body.size()).finished) fail();
  });
}
