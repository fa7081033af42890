// show events: the rings and what is in them.
#include <fmt/format.h>

#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "lib/log/ring_follower.h"
#include "proxyd/cli/rooms.h"
#include "proxyd/logs/rings.h"

namespace proxyd::cli {

using lib::event::Task;
using lib::log::Ring;

namespace {

constexpr std::size_t kEnough = 64 * 1024;  // lines are sent when there is so much

/// What no section declares and is no ring.
struct PlainSink {
  std::string_view name, description;
};
constexpr auto kPlainSinks = std::to_array<PlainSink>(
    {{"stdout", "standard output (fd#1)"}, {"stderr", "standard output (fd#2)"}});  // the second's words are the original's

void list_sinks(const Context& context, Call& call) {
  call.out += "Supported events sinks are listed below. Add -w(wait), -n(new). Any key to stop\n";
  for (const PlainSink& sink : kPlainSinks)
    call.out += fmt::format("    {:<10} : type=fd, 0 dropped, {}\n", sink.name, sink.description);
  for (const auto& ring : context.process.rings.all())
    call.out += fmt::format("    {:<10} : type=buffer, {} dropped, {}\n", ring->conf.name, ring->lines.dropped(),
                            ring->conf.description);
}

struct Wishes {
  bool waits = false, only_new = false;
  char separator = '\n';
};

/// "-w", "-n", "-0" and what they give together ("-wn"); nothing for other words.
std::optional<Wishes> read_wishes(std::span<const std::string> words) {
  Wishes wishes;
  for (const std::string& word : words) {
    if (word.size() < 2 || word.front() != '-') return std::nullopt;
    for (const char letter : std::string_view{word}.substr(1)) {
      if (letter == 'w') wishes.waits = true;
      else if (letter == 'n') wishes.only_new = true;
      else if (letter == '0') wishes.separator = '\0';
      else return std::nullopt;
    }
  }
  return wishes;
}

/// Sends the ring's lines; with "-w" until the client has enough.
Task<void> show_lines(Call& call, Ring& ring, Wishes wishes) {
  lib::log::RingFollower lines{ring, wishes.only_new ? Ring::From::Newest : Ring::From::Oldest, call.waiter};
  const std::uint64_t end = wishes.waits ? UINT64_MAX : ring.end();  // a busy ring must not keep us for ever
  std::string line;
  while (true) {
    bool more = true;
    while (call.out.size() < kEnough && more) {
      more = lines.position() < end && lines.next(line);
      if (!more) break;
      call.out += line;
      call.out += wishes.separator;
    }
    if (!more && !wishes.waits) co_return;
    const bool is_there = co_await call.flush();
    if (!is_there) co_return;
    if (more) continue;
    const bool woken = co_await call.rest();
    if (!woken) co_return;
  }
}

/// No empty line follows these, as in the original.
void refuse(Call& call, std::string_view text) {
  call.error(text);
  call.out.pop_back();
}

Task<void> show_events(Context& context, Call& call) {
  const std::string_view name = call.arg(0);
  if (name.empty()) {
    list_sinks(context, call);
    co_return;
  }
  logs::OpenRing* const ring = context.process.rings.find(name);
  const bool is_plain = name == "stdout" || name == "stderr";
  if (ring == nullptr && !is_plain) {
    refuse(call, "No such event sink");
    co_return;
  }
  if (is_plain) {
    refuse(call, "Nothing to report for this sink");
    co_return;
  }
  const auto wishes = read_wishes(call.args.subspan(1));
  if (!wishes) {
    refuse(call, "unknown option");
    co_return;
  }
  co_await show_lines(call, ring->lines, *wishes);
}

}  // namespace

std::vector<Command> event_commands(Context& context) {
  return {bind(context, {"show events", Level::Operator, "show events [<sink>] [-w] [-n] [-0]", "show event sink state"}, show_events)};
}

}  // namespace proxyd::cli
