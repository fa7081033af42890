#include "proxyd/start_variables.h"

#include <unistd.h>

#include "lib/log/dates.h"
#include "proxyd/logs/render.h"

namespace proxyd {
namespace {

using samples::Arena;
using samples::Context;
using samples::Fact;
using samples::ProcessVariables;
using samples::Reference;
using samples::Sample;
using samples::Scope;
using samples::VariableStore;

/// There is no traffic yet: only the process and its variables.
class StartSubject final : public samples::Subject {
 public:
  explicit StartSubject(session::Process& process) : process_{process} {}
  bool fact(Fact which, std::int64_t, Sample& out, Arena&) const override {
    if (which == Fact::HostName) return out.set_text(process_.host_name);
    if (which == Fact::ProcessId) return out.set_number(::getpid());
    return (which == Fact::ProcessNumber || which == Fact::ProcessCount) && out.set_number(1);
  }
  bool object_fact(Fact, const Reference*, Sample&) const override { return false; }
  bool named_fact(Fact, std::string_view, Sample&) const override { return false; }
  std::string_view body(bool, Arena&, bool& whole) const override {
    whole = true;
    return {};
  }
  std::string_view buffer(bool, bool& whole) const override {
    whole = true;
    return {};
  }
  std::int64_t now_us() const override { return lib::base::wall_now().time_since_epoch().count(); }
  VariableStore* variables(Scope) const override { return nullptr; }
  ProcessVariables* process_variables() const override { return &process_.variables; }
  bool capture(bool, std::uint32_t, std::string_view) const override { return false; }
  bool is_user(const Reference&, std::string_view, std::string_view) const override { return false; }
  std::string_view group_of(const Reference&, std::string_view, std::size_t) const override { return {}; }

 private:
  session::Process& process_;
};

std::string_view text_of_format(const formats::Format& format, const session::Process& process, Context& context) {
  constexpr std::size_t kMostText = 4096;
  lib::log::Dates dates;
  logs::LineContext line;
  line.host_name = process.host_name;
  line.samples = &context;
  const std::span<char> room = context.arena().take(kMostText + logs::LineWriter::kSlack);
  logs::LineWriter out{room.data(), kMostText};
  logs::render(format, logs::LogRecord{}, line, dates, out);
  return {room.data(), out.size()};
}

}  // namespace

void set_start_variables(session::Process& process, Already already) {
  const StartSubject subject{process};
  samples::Scratch scratch;
  for (const config::SetVariable& each : process.site->config->global.set_variables) {
    Context context{subject, scratch, samples::Place::Config};
    Sample sample;
    if (already == Already::Kept && process.variables.get(each.variable.name, sample, context.arena())) continue;
    const bool found = each.expression != nullptr ? each.expression->evaluate(context, sample)
                                                  : sample.set_text(text_of_format(*each.format, process, context));
    if (found) process.variables.set(each.variable.name, sample);
  }
}

}  // namespace proxyd
