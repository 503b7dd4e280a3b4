// See stats_api.hpp.

#include "api/stats/stats_api.hpp"

#include "api/core/answers.hpp"
#include "api/core/blocking.hpp"
#include "api/stats/documents.hpp"
#include "api/stats/download_rows.hpp"
#include "api/stats/local_days.hpp"
#include "api/stats/parameters.hpp"
#include "api/stats/since_release.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/shows.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <span>

namespace carillon::api {
namespace json = boost::json;
namespace {

using std::chrono::days;
using std::chrono::sys_days;

/// Without `?from=`.
constexpr days kUsualPeriod{30};
/// Hours of so many days, months of as many years as anyone has.
constexpr days kLongestOfHours{92};
/// Of the days whose hours of the week are added up.
constexpr days kLongestOfWeek{400};
/// Episodes that one chart compares.
constexpr std::size_t kUsualEpisodes = 8, kMaxEpisodes = 20;
/// Shows of one network.
constexpr std::size_t kMaxShows = 100'000;
constexpr days kLongest{36'525};

}  // namespace

std::span<const PermittedRoute<StatsApi>> StatsApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      PermittedRoute<StatsApi>{get, "/api/v1/stats/downloads", analyse, &StatsApi::downloads},
      PermittedRoute<StatsApi>{get, "/api/v1/stats/since-release", analyse, &StatsApi::since_release},
      PermittedRoute<StatsApi>{get, "/api/v1/stats/week", analyse, &StatsApi::week},
      PermittedRoute<StatsApi>{get, "/api/v1/stats/reach", analyse, &StatsApi::reach},
      PermittedRoute<StatsApi>{get, "/api/v1/stats/weekly-mail", analyse, &StatsApi::weekly_mail},
      PermittedRoute<StatsApi>{put, "/api/v1/stats/weekly-mail", analyse, &StatsApi::subscribe},
      PermittedRoute<StatsApi>{del, "/api/v1/stats/weekly-mail", analyse, &StatsApi::unsubscribe},
      PermittedRoute<StatsApi>{get, "/api/v1/stats/rows", analyse, &StatsApi::rows},
      PermittedRoute<StatsApi>{get, "/api/v1/stats/requests", analyse, &StatsApi::requests},
      PermittedRoute<StatsApi>{get, "/api/v1/stats/methodology", analyse, &StatsApi::methodology},
      PermittedRoute<StatsApi>{post, "/api/v1/stats/days/{day}/recount", operate, &StatsApi::recount},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> StatsApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(
      routes(), *this, request,
      [](const auto& route, const Asked& asked) -> asio::awaitable<Admission> { co_return admit_by_permission(route.permission, asked); },
      allowed);
}

asio::awaitable<std::expected<StatsApi::Subject, http::Response>> StatsApi::subject_of(Request& request) {
  const auto show = request.query_parameter("show").value_or("");
  const auto episode = request.query_parameter("episode").value_or("");
  const auto network = request.query_parameter("network").value_or("");
  if ((show.empty() ? 0 : 1) + (episode.empty() ? 0 : 1) + (network.empty() ? 0 : 1) != 1)
    co_return std::unexpected(
        http::problem(422, "invalid", "Choose a show with “?show=”, an episode with “?episode=” or a network with “?network=”.", "show"));
  const auto found = co_await database_.read([&](db::Session& session) -> Result<std::optional<Subject>> {
    // Also in the trash: figures stay.
    Subject subject;
    if (!network.empty()) {
      subject.network = network;
      for (const auto which : {podcast::queries::Which::alive, podcast::queries::Which::deleted}) {
        for (const auto& one : podcast::queries::shows(session, network, "", kMaxShows, which)) {
          subject.query.shows.push_back(one.id);
          subject.titles[one.id] = {one.slug, one.title};
        }
      }
      return subject;
    }
    auto id = show;
    if (!episode.empty()) {
      const auto one = podcast::queries::episode_even_deleted(session, episode);
      if (!one) return std::optional<Subject>{};
      id = one->show_id;
    }
    const auto of = episode.empty() ? podcast::queries::show_with_slug_even_deleted(session, id)
                                    : podcast::queries::show_with_id_even_deleted(session, id);
    if (!of) return std::optional<Subject>{};
    subject.network = of->network;
    subject.show_id = of->id;
    if (episode.empty()) subject.query.show_id = of->id;
    subject.query.episode = episode;
    subject.titles[of->id] = {of->slug, of->title};
    return subject;
  });
  if (!found) co_return std::unexpected(http::problem(found.error()));
  if (!*found || !request.caller.sees((*found)->network))
    co_return std::unexpected(!network.empty() ? http::problem(404, "not-found", "There is no network “" + network + "”.", "network")
                              : episode.empty()
                                  ? http::problem(404, "not-found", "There is no show named “" + show + "”.", "show")
                                  : http::problem(404, "not-found", "There is no episode with the ID “" + episode + "”.", "episode"));
  if (auto refused = refusal_of(accounts::Permission::analyse, request.caller, (*found)->network))
    co_return std::unexpected(std::move(*refused));
  co_return **found;
}

asio::awaitable<Result<>> StatsApi::add_episodes(Subject& subject) {
  const auto shows = subject.query.shows.empty() ? std::vector{subject.show_id} : subject.query.shows;
  const auto briefs = co_await database_.read([&](db::Session& session) -> Result<std::vector<podcast::queries::EpisodeBrief>> {
    std::vector<podcast::queries::EpisodeBrief> all;
    for (const auto& show : shows) std::ranges::move(podcast::queries::briefs_of(session, show), std::back_inserter(all));
    return all;
  });
  if (!briefs) co_return std::unexpected(briefs.error());
  for (const auto& brief : *briefs) subject.titles[brief.id] = {brief.id, brief.title};
  co_return Result<>{};
}

asio::awaitable<http::Response> StatsApi::downloads(Request& request) {
  auto subject = co_await subject_of(request);
  if (!subject) co_return std::move(subject.error());
  auto query = subject->query;
  const auto granularity = stats::granularity_from(request.query_parameter("granularity").value_or("day"));
  if (!granularity) co_return http::problem(422, "invalid", "“granularity” must be hour, day, month or period.", "granularity");
  query.granularity = *granularity;
  if (const auto by = request.query_parameter("by"); by && !by->empty()) {
    query.by = stats::dimension_from(*by);
    if (!query.by || query.by == stats::Dimension::hour)
      co_return http::problem(422, "invalid", "“by” must be app, device, country, region, show or episode.", "by");
    if (query.granularity == stats::Granularity::hour)
      co_return http::problem(422, "invalid", "Hours aren't broken down; use “granularity=day”.", "granularity");
  }
  const auto zone = LocalDays::of(request.query_parameter("tz").value_or(""));
  if (!zone) co_return http::problem(zone.error());
  if (query.by && !zone->is_utc())
    co_return http::problem(422, "invalid", "Downloads that are broken down are of days in UTC; leave “tz” out.", "tz");
  const auto from = day_parameter(request, "from"), to = day_parameter(request, "to");
  if (!from) co_return http::problem(from.error());
  if (!to) co_return http::problem(to.error());
  const auto today = sys_days{zone->day_of(clock_.now()).time_since_epoch()};
  // Both ends are included, as people mean it.
  query.to = to->value_or(today) + days{1};
  query.from = from->value_or(query.to - kUsualPeriod);
  if (query.from >= query.to) co_return http::problem(422, "invalid", "“from” must not be after “to”.", "from");
  if (query.to - query.from > (query.granularity == stats::Granularity::hour ? kLongestOfHours : kLongest))
    co_return http::problem(422, "invalid",
                            query.granularity == stats::Granularity::hour ? "Hours can be asked for at most 92 days at a time."
                                                                          : "That is more than a hundred years.",
                            "from");
  const bool local = !zone->is_utc() && query.granularity != stats::Granularity::hour;
  auto asked = query;
  if (local) {
    asked.granularity = stats::Granularity::hour;
    asked.from -= days{1};
    asked.to += days{1};
  }
  const auto figures = co_await blocking(reading_, [&] { return figures_.downloads(asked); });
  if (!figures) co_return http::problem(figures.error());
  std::vector<Line> lines;
  if (local) {
    lines = by_local_day(*figures, *zone, query.from, query.to, query.granularity);
  } else {
    const bool titles = query.by && *query.by >= stats::Dimension::show;
    if (query.by == stats::Dimension::episode) {
      if (const auto added = co_await add_episodes(*subject); !added) co_return http::problem(added.error());
    }
    for (const auto& figure : *figures) {
      lines.push_back({.from = label_of(figure, query.granularity),
                       .key = figure.key,
                       .downloads = figure.downloads,
                       .listeners = figure.listeners,
                       .provisional = figure.provisional,
                       .rules = figure.rules});
      if (!titles) continue;
      // What was deleted for good has no title any more.
      const auto known = subject->titles.find(figure.key);
      lines.back().title = known == subject->titles.end() ? "" : known->second.title;
      if (known != subject->titles.end()) lines.back().key = known->second.name;
    }
  }
  // Episodes and shows have other names here than in the figures.
  sort(lines);
  if (wants_table(request)) co_return table_of(lines, query.by ? stats::name_of(*query.by).data() : "key");
  const auto page = line_page_of(request);
  co_return page ? document_of(std::move(lines), *page) : http::problem(page.error());
}

asio::awaitable<http::Response> StatsApi::since_release(Request& request) {
  auto subject = co_await subject_of(request);
  if (!subject) co_return std::move(subject.error());
  if (subject->show_id.empty())
    co_return http::problem(422, "invalid", "Choose a show with “?show=” or an episode with “?episode=”.", "show");
  const auto wanted = parse_number(request.query_parameter("limit").value_or(std::to_string(kUsualEpisodes)));
  if (!wanted || *wanted < 1 || *wanted > kMaxEpisodes)
    co_return http::problem(422, "invalid", fmt::format("“limit” must be a number from 1 to {}.", kMaxEpisodes), "limit");
  const auto with = request.query_parameter("with").value_or("");
  const auto briefs = co_await database_.read([&](db::Session& session) -> Result<std::vector<podcast::queries::EpisodeBrief>> {
    return podcast::queries::briefs_of(session, subject->show_id);
  });
  if (!briefs) co_return http::problem(briefs.error());
  const auto now = clock_.now();
  // The episode that was asked for and the one to compare it with come first, whatever their age and state.
  std::vector<podcast::queries::EpisodeBrief> episodes;
  for (const auto& first : {subject->query.episode, with}) {
    const auto found = std::ranges::find(*briefs, first, &podcast::queries::EpisodeBrief::id);
    if (first == with && !with.empty() && (found == briefs->end() || !found->published))
      co_return http::problem(422, "invalid", "“with” must be the ID of a published episode of the same show.", "with");
    if (!first.empty() && found != briefs->end() && found->published) episodes.push_back(*found);
  }
  for (const auto& brief : *briefs) {
    if (episodes.size() >= *wanted) break;
    if (brief.is_public && brief.published && *brief.published <= now &&
        std::ranges::find(episodes, brief.id, &podcast::queries::EpisodeBrief::id) == episodes.end())
      episodes.push_back(brief);
  }
  std::vector<stats::EpisodeHours> stretches;
  for (const auto& one : episodes) {
    const auto [first, last] = hours_since(*one.published, now);
    stretches.push_back({one.id, first, last});
  }
  const auto hours = co_await blocking(reading_, [&] { return figures_.hours(stretches); });
  if (!hours) co_return http::problem(hours.error());
  const auto first_day = co_await blocking(reading_, [&] { return figures_.first_day(); });
  if (!first_day) co_return http::problem(first_day.error());
  co_return wants_table(request) ? table_of(episodes, *hours) : document_of(episodes, *hours, *first_day);
}

asio::awaitable<http::Response> StatsApi::reach(Request& request) {
  auto subject = co_await subject_of(request);
  if (!subject) co_return std::move(subject.error());
  const auto from = day_parameter(request, "from"), to = day_parameter(request, "to");
  if (!from) co_return http::problem(from.error());
  if (!to) co_return http::problem(to.error());
  auto query = subject->query;
  query.granularity = stats::Granularity::period;
  query.to = to->value_or(std::chrono::floor<days>(clock_.now())) + days{1};
  query.from = from->value_or(query.to - kUsualPeriod);
  if (query.from >= query.to) co_return http::problem(422, "invalid", "“from” must not be after “to”.", "from");
  if (query.to - query.from > kLongest) co_return http::problem(422, "invalid", "That is more than a hundred years.", "from");
  auto tenths = query;
  tenths.by = stats::Dimension::reached;
  const auto all = co_await blocking(reading_, [&] { return figures_.downloads(query); });
  if (!all) co_return http::problem(all.error());
  const auto reached = co_await blocking(reading_, [&] { return figures_.downloads(tenths); });
  if (!reached) co_return http::problem(reached.error());
  Reach reach;
  for (const auto& figure : *all) {
    reach.downloads += figure.downloads;
    reach.provisional = reach.provisional || figure.provisional;
  }
  for (const auto& figure : *reached) {
    const auto tenth = parse_number(figure.key);
    if (tenth && *tenth < reach.tenths.size()) reach.tenths.at(*tenth) += figure.downloads;
  }
  co_return wants_table(request) ? table_of(reach) : document_of(reach, query.from, query.to - days{1});
}

asio::awaitable<http::Response> StatsApi::week(Request& request) {
  auto subject = co_await subject_of(request);
  if (!subject) co_return std::move(subject.error());
  auto query = subject->query;
  query.granularity = stats::Granularity::hour;
  const auto zone = LocalDays::of(request.query_parameter("tz").value_or(""));
  if (!zone) co_return http::problem(zone.error());
  const auto from = day_parameter(request, "from"), to = day_parameter(request, "to");
  if (!from) co_return http::problem(from.error());
  if (!to) co_return http::problem(to.error());
  const auto now = clock_.now();
  query.to = to->value_or(sys_days{zone->day_of(now).time_since_epoch()}) + days{1};
  query.from = from->value_or(query.to - kUsualPeriod);
  if (query.from >= query.to) co_return http::problem(422, "invalid", "“from” must not be after “to”.", "from");
  if (query.to - query.from > kLongestOfWeek)
    co_return http::problem(422, "invalid", fmt::format("Hours of the week are of at most {} days.", kLongestOfWeek.count()), "from");
  auto asked = query;
  asked.from -= days{1};
  asked.to += days{1};
  const auto figures = co_await blocking(reading_, [&] { return figures_.downloads(asked); });
  if (!figures) co_return http::problem(figures.error());
  const auto cells = hours_of_week(*figures, *zone, query.from, query.to, now);
  if (wants_table(request)) {
    std::string rows = "weekday,hour,downloads,occurrences\r\n";
    for (const auto& cell : cells) rows += fmt::format("{},{},{},{}\r\n", cell.weekday, cell.hour, cell.downloads, cell.occurrences);
    co_return table_answer(std::move(rows), "week.csv");
  }
  json::array items;
  for (const auto& cell : cells)
    items.push_back(
        json::object{{"weekday", cell.weekday}, {"hour", cell.hour}, {"downloads", cell.downloads}, {"occurrences", cell.occurrences}});
  co_return api::answer(200, {{"from", text_of(query.from)},
                              {"to", text_of(query.to - days{1})},
                              {"items", std::move(items)},
                              {"provisional", std::ranges::any_of(*figures, &stats::Figure::provisional)}});
}

asio::awaitable<http::Response> StatsApi::rows(Request& request) {
  auto subject = co_await subject_of(request);
  if (!subject) co_return std::move(subject.error());
  const auto from = day_parameter(request, "from"), to = day_parameter(request, "to");
  if (!from) co_return http::problem(from.error());
  if (!to) co_return http::problem(to.error());
  const auto today = std::chrono::floor<days>(clock_.now());
  RowsWanted wanted{
      .shows = {}, .episode = subject->query.episode, .from = {}, .to = to->value_or(today) + days{1}, .table = wants_table(request)};
  // Nothing is in the log after today.
  wanted.to = std::min(wanted.to, today + days{1});
  wanted.from = {from->value_or(wanted.to - kUsualPeriod), 0};
  if (const auto cursor = request.query_parameter("cursor"); cursor && !cursor->empty()) {
    const auto place = row_place_from(*cursor);
    if (!place) co_return http::problem(422, "invalid", "“cursor” must be the cursor of a row, e.g. 2026-11-24.1500.", "cursor");
    wanted.from = *place;
  }
  if (wanted.from.day >= wanted.to) co_return http::problem(422, "invalid", "“from” must not be after “to”.", "from");
  if (wanted.to - wanted.from.day > kLongest) co_return http::problem(422, "invalid", "That is more than a hundred years.", "from");
  for (const auto& [id, titled] : subject->titles) wanted.shows[id] = titled.name;
  const bool table = wanted.table;
  auto stream = stream_of_rows(std::move(wanted), figures_, counting_, exports_);
  if (!stream) {
    auto refused = http::problem(429, "too-many-streams",
                                 fmt::format("{} exports are already running; try again when one of them is done.", kMaxExports));
    refused.fields.set("Retry-After", "60");
    co_return refused;
  }
  http::Response response{.status = 200};
  response.fields.set("Content-Type", table ? "text/csv; charset=utf-8; header=present" : "application/jsonl; charset=utf-8");
  response.fields.set("Content-Disposition", table ? "attachment; filename=\"rows.csv\"" : "attachment; filename=\"rows.jsonl\"");
  response.fields.set("Cache-Control", "no-store");
  response.stream = std::move(stream);
  co_return response;
}

asio::awaitable<http::Response> StatsApi::requests(Request& request) {
  auto subject = co_await subject_of(request);
  if (!subject) co_return std::move(subject.error());
  if (subject->query.episode.empty())
    co_return http::problem(422, "invalid", "Requests are listed for one episode: use “?episode=”.", "episode");
  const auto day = day_parameter(request, "day");
  if (!day) co_return http::problem(day.error());
  if (!*day) co_return http::problem(422, "invalid", "“day” is missing, e.g. “?day=2026-11-24” (UTC).", "day");
  const auto explained = co_await blocking(counting_, [&] { return figures_.explain(subject->query.episode, **day); });
  if (!explained) co_return http::problem(explained.error());
  std::string text;
  for (const auto& [record, verdict, listener] : *explained) {
    text += json_text(json::object{{"time", to_rfc3339(record.time)},
                                   {"rule", static_cast<int>(verdict)},
                                   {"verdict", stats::name_of(verdict)},
                                   {"why", stats::explanation_of(verdict)},
                                   {"listener", listener == 0 ? json::value(nullptr) : json::value(fmt::format("{:016x}", listener))},
                                   {"method", record.method},
                                   {"status", record.status},
                                   {"range", record.range},
                                   {"first", record.first ? json::value(record.first->value) : json::value(nullptr)},
                                   {"sent", record.sent.value},
                                   {"whole", record.whole ? json::value(record.whole->value) : json::value(nullptr)},
                                   {"agent", record.user_agent},
                                   {"referrer", record.referrer},
                                   {"country", record.country},
                                   {"region", record.region},
                                   {"data_centre", record.data_centre ? json::value(*record.data_centre) : json::value(nullptr)},
                                   {"shared", record.shared}}) +
            "\n";
  }
  http::Response response{.status = 200};
  response.fields.set("Content-Type", "application/jsonl; charset=utf-8");
  response.body = Body::of(std::move(text));
  co_return response;
}

asio::awaitable<http::Response> StatsApi::methodology(Request&) {
  const auto today = std::chrono::floor<days>(clock_.now());
  const auto states = co_await blocking(reading_, [&] { return figures_.days(today - kUsualPeriod, today + days{1}); });
  if (!states) co_return http::problem(states.error());
  const auto use = co_await blocking(reading_, [&] { return figures_.lists_in_use(); });
  json::array verdicts, counted, files;
  for (std::size_t number = 0; number < stats::kVerdicts; ++number) {
    const auto verdict = static_cast<stats::Verdict>(number);
    verdicts.push_back(
        json::object{{"number", number}, {"name", stats::name_of(verdict)}, {"explanation", stats::explanation_of(verdict)}});
  }
  for (const auto& state : *states) counted.push_back(document_of(state));
  for (const auto& file : use.files) files.push_back(json::value(file));
  json::array sources;
  for (const auto& agents : use.sources)
    sources.push_back(json::object{{"list", "agents"},
                                   {"file", agents.file.empty() ? json::value(nullptr) : json::value(agents.file)},
                                   {"dated", to_rfc3339(std::chrono::floor<std::chrono::seconds>(agents.dated))},
                                   {"kind", nullptr},
                                   {"attribution", nullptr},
                                   {"link", nullptr}});
  const auto text_or_null = [](const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); };
  for (const auto& list : places_.lists())
    sources.push_back(json::object{{"list", list.name},
                                   {"file", list.file},
                                   {"dated", to_rfc3339(std::chrono::floor<std::chrono::seconds>(list.dated))},
                                   {"kind", text_or_null(list.kind)},
                                   {"attribution", text_or_null(list.attribution)},
                                   {"link", text_or_null(list.link)}});
  const auto& rules = figures_.rules();
  co_return api::answer(200, {{"guidelines", "counts by the rules of the IAB Podcast Measurement Technical Guidelines 2.3"},
                              {"rules", rules.version},
                              {"window", stats::name_of(rules.window)},
                              {"threshold_seconds", rules.threshold.count()},
                              {"short_episodes", "shorter ones, and those of unknown bitrate, must be sent whole"},
                              {"unique_by", "address (IPv6: its /64) and User-Agent"},
                              {"most_downloads_per_address", rules.most_per_address},
                              {"final_after_hours", stats::kLateData.count()},
                              {"lists", {{"digest", use.digest}, {"files", std::move(files)}, {"sources", std::move(sources)}}},
                              {"verdicts", std::move(verdicts)},
                              {"days", std::move(counted)}});
}

asio::awaitable<http::Response> StatsApi::recount(Request& request) {
  const auto day = day_from(request.path_parameter("day"));
  if (!day) co_return http::problem(422, "invalid", "The day must be one such as 2026-11-24.", "day");
  if (*day > std::chrono::floor<days>(clock_.now())) co_return http::problem(422, "invalid", "That day hasn't come yet.", "day");
  const bool current = request.query_parameter("lists").value_or("") == "current";
  const auto before = co_await blocking(reading_, [&] { return figures_.days(*day, *day + days{1}); });
  if (!before) co_return http::problem(before.error());
  const auto state = co_await blocking(counting_, [&] { return figures_.count(*day, current); });
  if (!state) co_return http::problem(state.error());
  auto document = document_of(*state);
  document["same"] = !before->empty() && before->front().digest == state->digest;
  co_return api::answer(200, document);
}

}  // namespace carillon::api
