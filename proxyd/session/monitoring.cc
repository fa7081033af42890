#include "proxyd/session/monitoring.h"

#include "proxyd/rules/condition.h"
#include "proxyd/samples/expression.h"

namespace proxyd::session {
namespace {

using lib::event::Task;

/// Whose servers mode health looks at: those of the listen section or of its default backend. Null: there are none.
const servers::Backend* checked_backend(const Front& front) {
  const config::Proxy& conf = front.conf();
  if (!conf.servers.empty()) return front.frontend->own_backend;
  return conf.default_backend ? front.site->backend_of[*conf.default_backend] : nullptr;
}

}  // namespace

bool is_fit(const Stream& stream) {
  const config::Proxy& conf = stream.front.conf();
  if (!conf.monitor_fail.empty()) {
    samples::Context context{stream, *stream.front.worker.scratch, samples::Place::FrontRequest};
    for (const auto& condition : conf.monitor_fail)
      if (condition == nullptr || condition->holds(context)) return false;
  }
  if (!conf.answers_health) return true;
  const servers::Backend* const backend = checked_backend(stream.front);
  return backend == nullptr || backend->usable_active() + backend->usable_backup() != 0;
}

bool is_monitoring(const HttpStream& stream) {
  const config::Proxy& conf = stream.front.conf();
  return (!conf.monitor_uri.empty() && stream.local_uri() == conf.monitor_uri) || conf.answers_health;
}

Task<After> answer_monitoring(HttpStream& stream) {
  stream.end_as('L', 'R');
  stream.is_silent = true;
  if (stream.front.conf().answers_health) stream.wants_close = true;
  stream.front_cell()[servers::Count::Intercepted].add();
  const int status = is_fit(stream) ? 200 : 503;
  co_return co_await answer_locally(stream, status);
}

Task<void> answer_health(Stream& stream) {
  Front& front = stream.front;
  stream.front_cell()[servers::Count::Intercepted].add();
  if (!is_fit(stream)) co_return;
  const bool sent = co_await send_all(front, "OK\n");
  if (sent) co_await linger(front);  // what the client said is not read: closing at once could lose the answer
}

}  // namespace proxyd::session
