// FILE_CHECK and BFD_CHECK: they run nothing, others say how it stands.
#include <limits>
#include <utility>

#include "checkerd/checkers/internals.h"

namespace checkerd::checkers {

using namespace parsers::keepalived;

namespace {

/// What a file's number does to its server.
struct FileEffect {
  bool up = true;
  std::int64_t addition = 0;
};

/// With weight 0 any number but 0 is a failure (reversed: only 0 is); else the product counts, down to where nothing is left.
FileEffect effect_of(const Weight& weight, int value) {
  if (weight.value == 0) return {.up = (value == 0) != weight.reverse, .addition = 0};
  const std::int64_t product = std::int64_t{value} * weight.value * (weight.reverse ? -1 : 1);
  if (product <= std::numeric_limits<std::int32_t>::min()) return {.up = false, .addition = 0};
  return {.up = true, .addition = product};
}

}  // namespace

void Checkers::Internals::on_file(std::size_t file, int value) {
  for (Watched& each : watched) {
    if (!each.is_file || each.index != file) continue;
    each.latest = value;
    if (each.is_enabled) hear_file(each, value);
  }
}

void Checkers::Internals::hear_file(Watched& each, int value) {
  const FileEffect effect = effect_of(std::get<FileCheck>(conf_of(each.id).what).weight, value);
  const bool is_change = each.up != effect.up, is_first = !each.has_heard;
  each.up = effect.up;
  each.has_heard = true;
  if (is_change) listener.on_log(Level::Always, file_line(config->track_files[each.index].name, names_of(each.id), effect.up));
  if (each.addition != effect.addition) {
    each.addition = effect.addition;
    listener.on_weight(each.id, effect.addition);
  }
  if (is_change || is_first) listener.on_verdict(each.id, effect.up);
}

void Checkers::Internals::on_file_trouble(std::string line) { listener.on_log(Level::Always, line); }

void Checkers::Internals::on_bfd(std::size_t bfd, bool up) {
  for (Watched& each : watched) {
    if (each.is_file || each.index != bfd) continue;
    each.latest = up ? 1 : 0;
    if (each.is_enabled) hear_bfd(each, up);
  }
}

void Checkers::Internals::hear_bfd(Watched& each, bool up) {
  if (each.up == up && each.has_heard) return;
  const bool is_change = each.up != up || !up;  // an alpha one that is down at once is told, too
  each.up = up;
  each.has_heard = true;
  const std::string& session = config->bfds[each.index].name;
  if (is_change) listener.on_log(Level::Always, bfd_line(session, names_of(each.id), up));
  listener.on_verdict(each.id, up);
  if (is_change) listener.on_mail(each.id, up, bfd_mail_body(session, up));
}

void Checkers::Internals::set_enabled(Watched& each, bool enabled) {
  if (std::exchange(each.is_enabled, enabled) || !enabled || !each.latest) return;
  if (each.is_file) hear_file(each, *each.latest);
  else hear_bfd(each, *each.latest != 0);
}

}  // namespace checkerd::checkers
