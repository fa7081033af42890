#include "parsers/keepalived/static_blocks.h"

#include <algorithm>

#include "parsers/keepalived/keyword_list.h"

namespace parsers::keepalived {
namespace {

constexpr auto kGroupKeywords = std::to_array<Keyword<TrackGroup>>({
    {"group", 0, [](TrackGroup& to, Reader& in) {
       for (const Statement& line : in.statement().body)
         for (const Word& word : line.words) to.member_names.push_back(word.text);
     }, "{ INSTANCE... }", "The instances that go to FAULT while an entry is missing.", Form::Block},
});

/// Static entries of a group that does not exist belong to none.
template <class T>
void check_references(std::vector<T>& entries, const std::vector<TrackGroup>& groups, Context& context) {
  for (T& entry : entries) {
    if (entry.track_group.empty()) continue;
    const auto named = [&](const TrackGroup& group) { return group.name == entry.track_group; };
    if (std::any_of(groups.begin(), groups.end(), named)) continue;
    context.findings.at(Complaint::General, entry.place, "track_group " + entry.track_group + " not found");
    entry.track_group.clear();
  }
}

}  // namespace

void read_track_group(const Statement& block, Context& context) {
  TrackGroup group;
  group.name = block.word(1);
  group.place = block.place(1);
  if (group.name.empty()) return context.findings.at(Complaint::General, block.whole(), "track_group must have a name - skipping");
  const auto& known = context.config.track_groups;
  if (std::any_of(known.begin(), known.end(), [&](const auto& each) { return each.name == group.name; }))
    return context.findings.at(Complaint::General, block.place(1), "track_group " + group.name + " already defined");
  read_block(kGroupKeywords, group, block, context);
  context.config.track_groups.push_back(std::move(group));
}

void complete_track_groups(Context& context) {
  KeepalivedConfig& config = context.config;
  for (TrackGroup& group : config.track_groups) {
    for (const std::string& name : group.member_names) {
      const auto found = std::find_if(config.instances.begin(), config.instances.end(), [&](const auto& each) { return each.name == name; });
      if (found != config.instances.end()) group.members.push_back(static_cast<std::size_t>(found - config.instances.begin()));
      else context.findings.about(Complaint::General, group.place, "Virtual router " + name + " specified in track group " + group.name + " doesn't exist - ignoring");
    }
    if (group.members.empty()) context.findings.about(Complaint::General, group.place, "Static track group " + group.name + " has no members - removing");
  }
  std::erase_if(config.track_groups, [](const TrackGroup& group) { return group.members.empty(); });
  check_references(config.static_addresses, config.track_groups, context);
  check_references(config.static_routes, config.track_groups, context);
  check_references(config.static_rules, config.track_groups, context);
}

void list_static_keywords(KeywordList& list) {
  list_rows(list, "track_group", kGroupKeywords);
}

}  // namespace parsers::keepalived
