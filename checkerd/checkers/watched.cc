// FILE_CHECK and BFD_CHECK: they run nothing, others say how it stands.
#include <limits>

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
    if (!each.is_file || each.index != file || !each.is_enabled) continue;
    const FileEffect effect = effect_of(std::get<FileCheck>(conf_of(each.id).what).weight, value);
    const bool is_change = each.up != effect.up, is_first = !each.has_heard;
    each.up = effect.up;
    each.has_heard = true;
    if (is_change) listener.on_log(Level::Always, file_line(config->track_files[file].name, names_of(each.id), effect.up));
    if (each.addition != effect.addition) {
      each.addition = effect.addition;
      listener.on_weight(each.id, effect.addition);
    }
    if (is_change || is_first) listener.on_verdict(each.id, effect.up);
  }
}

void Checkers::Internals::on_file_trouble(std::string line) { listener.on_log(Level::Always, line); }

void Checkers::Internals::on_bfd(std::size_t bfd, bool up) {
  for (Watched& each : watched) {
    if (each.is_file || each.index != bfd || !each.is_enabled) continue;
    if (each.up == up && each.has_heard) continue;
    const bool is_change = each.up != up || !up;  // an alpha one that is down at once is told, too
    each.up = up;
    each.has_heard = true;
    const std::string& session = config->bfds[bfd].name;
    if (is_change) listener.on_log(Level::Always, bfd_line(session, names_of(each.id), up));
    listener.on_verdict(each.id, up);
    if (is_change) listener.on_mail(each.id, up, bfd_mail_body(session, up));
  }
}

}  // namespace checkerd::checkers
