// See booking.hpp: creatives.

#include "ads/booking/booking.hpp"
#include "ads/store/order_rows.hpp"
#include "base/id.hpp"
#include "uploads/uploads.hpp"

#include <boost/json/array.hpp>

namespace carillon::ads {
namespace {

namespace json = boost::json;

/// Recordings and files of all creatives of a network, also of those that were deleted in the last 30 days: storage quotas are for
/// episodes.
constexpr ByteCount kMostStored{20ULL << 30};

std::unexpected<Error> no_such_creative(const std::string& id) {
  return fail(ErrorKind::not_found, "There is no creative with the ID “" + id + "”.");
}

}  // namespace

json::object document_of(const BookedCreative& creative) {
  const auto& files = creative.creative.files;
  json::array formats;
  for (const auto& file : files)
    formats.push_back(json::object{{"bitrate", file.format.bitrate},
                                   {"channels", file.format.channels},
                                   {"sample_rate", file.format.sample_rate},
                                   {"loudness", file.loudness},
                                   {"bytes", file.length.value}});
  const auto or_null = [](const std::optional<Time>& time) { return time ? json::value(to_rfc3339(*time)) : json::value(nullptr); };
  return {{"id", creative.creative.id},
          {"order", creative.order},
          {"name", creative.creative.name},
          {"kind", name_of(creative.kind)},
          {"categories", json::array(creative.categories.begin(), creative.categories.end())},
          {"expires", or_null(creative.creative.expires)},
          {"state", name_of(creative.state)},
          {"error", creative.error.empty() ? json::value(nullptr) : json::value(creative.error)},
          {"approved", or_null(creative.approved)},
          {"duration_seconds",
           files.empty() ? json::value(nullptr) : json::value(std::chrono::duration<double>(files.front().duration).count())},
          {"formats", std::move(formats)},
          {"created", to_rfc3339(creative.created)},
          {"revision", creative.revision}};
}

asio::awaitable<Result<Booking::AddedCreative>> Booking::add_creative(accounts::Actor by, std::string order_id, NewCreative creative) {
  auto name = name_from(creative.name);
  if (!name) co_return forward_error(name);
  const auto id = new_id(parts_.clock, parts_.random);
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<AddedCreative> {
    const auto order = queries::order(session, order_id);
    if (!order) return std::unexpected(order.error());
    if (!*order) return fail(ErrorKind::not_found, "There is no order with the ID “" + order_id + "”.");
    const auto& network = (*order)->network;
    if (queries::creatives_of_order(session, order_id).size() >= kMaxCreatives)
      return fail(ErrorKind::conflict, "The order has " + std::to_string(kMaxCreatives) + " creatives, the maximum; delete one first.");
    const auto owner = uploads::network_of_upload(session, creative.upload);
    if (!owner) return std::unexpected(owner.error());
    // Another network's upload is like none.
    if (*owner != network) return std::unexpected(uploads::no_such_upload(creative.upload));
    auto original = uploads::take_upload(session, creative.upload);
    if (!original) return forward_error(original);
    if (original->length > kLargestCreative)
      return fail(ErrorKind::too_large,
                  "The recording has " + to_human(original->length) + "; the recording of an advertisement can have " +
                      to_human(kLargestCreative) + ".",
                  "upload");
    if (queries::stored_in(session, network) + original->length > kMostStored)
      return fail(ErrorKind::conflict, "The network's creatives use " + to_human(kMostStored) +
                                           ", the maximum; delete those that you no longer need. Deleted ones count for 30 days.");
    BookedCreative made{.creative = {.id = id, .name = *name, .expires = creative.expires},
                        .order = order_id,
                        .network = network,
                        .kind = creative.kind,
                        .categories = creative.categories};
    made.original = original->digest;
    made.original_length = original->length;
    made.created = made.changed = parts_.clock.now();
    queries::insert(session, made);
    auto job =
        jobs::enqueue(session, parts_.clock, parts_.random, {.kind = kCreativeJob, .subject = id, .network = network, .share = network});
    if (!job) return forward_error(job);
    auto stored = jobs::find(session, *job);
    if (!stored) return forward_error(stored);
    record(session, by, network, "creative.create", id, {}, document_of(made));
    parts_.database.after_commit([this] { parts_.jobs.wake(); });
    return AddedCreative{.creative = std::move(made), .job = std::move((*stored).value())};
  });
}

asio::awaitable<Result<BookedCreative>> Booking::find_creative(std::string id) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<BookedCreative> {
    auto found = queries::creative(session, id);
    if (!found) return no_such_creative(id);
    return std::move(*found);
  });
}

asio::awaitable<Result<BookedCreative>> Booking::edit_creative(accounts::Actor by, std::string id, CreativeEdit edit,
                                                               std::optional<std::int64_t> revision) {
  if (edit.name) {
    auto name = name_from(*edit.name);
    if (!name) co_return forward_error(name);
    edit.name = std::move(*name);
  }
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<BookedCreative> {
    auto found = queries::creative(session, id);
    if (!found) return no_such_creative(id);
    if (revision && *revision != found->revision)
      return fail(ErrorKind::conflict, "Someone else changed the creative in the meantime; load it again.");
    auto was = document_of(*found);
    if (edit.name) found->creative.name = *edit.name;
    if (edit.kind) found->kind = *edit.kind;
    if (edit.categories) found->categories = *edit.categories;
    if (edit.expires) found->creative.expires = *edit.expires;
    auto became = document_of(*found);
    if (was == became) return std::move(*found);
    found->changed = parts_.clock.now();
    ++found->revision;
    queries::update(session, *found);
    record(session, by, found->network, "creative.edit", id, was, became);
    parts_.orders.note_change(found->network);
    return std::move(*found);
  });
}

asio::awaitable<Result<>> Booking::remove_creative(accounts::Actor by, std::string id) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<> {
    const auto found = queries::creative(session, id);
    if (!found) return no_such_creative(id);
    queries::mark_creative_deleted(session, id, parts_.clock.now());
    record(session, by, found->network, "creative.delete", id, document_of(*found), {});
    parts_.orders.note_change(found->network);
    return {};
  });
}

asio::awaitable<Result<std::pair<CreativeFile, Body>>> Booking::audio(std::string id) {
  const auto found = co_await find_creative(id);
  if (!found) co_return std::unexpected(found.error());
  if (found->creative.files.empty())
    co_return fail(ErrorKind::not_found, found->state == CreativeState::failed
                                             ? "The recording of this creative couldn't be processed. " + found->error
                                             : "The creative is being processed; its audio will be ready afterwards.");
  const auto& file = found->creative.files.front();
  auto body = co_await parts_.disk.run([&] { return parts_.media.open(file.frames); });
  if (!body) co_return forward_error(body);
  co_return std::pair{file, std::move(*body)};
}

}  // namespace carillon::ads
