#pragma once
// Everything that an ad team does: advertisers, campaigns, orders, creatives, and the rules of shows. Each action is one transaction with
// its line in the audit trail; whoever delivers orders is notified of changes in it.

#include "accounts/caller.hpp"
#include "ads/model/order_fields.hpp"
#include "ads/store/creative_rows.hpp"
#include "ads/store/orders.hpp"
#include "base/random.hpp"
#include "blob/store.hpp"
#include "jobs/jobs.hpp"
#include "jobs/workers.hpp"

namespace carillon::ads {

namespace asio = boost::asio;

/// Limits of one network, so that no network's lists slow down the others.
inline constexpr std::size_t kMaxAdvertisers = 10'000;
inline constexpr std::size_t kMaxCampaigns = 10'000;
inline constexpr std::size_t kMaxOrders = 10'000;
/// Recordings of creatives are kept as long as the creative, for formats that are needed later.
inline constexpr ByteCount kLargestCreative{256ULL << 20};

/// The kind of the jobs that make the files of a creative; the subject is its ID.
inline constexpr std::string_view kCreativeJob = "creative";

/// An order with what belongs to it.
struct FoundOrder {
  Order order;
  std::vector<BookedCreative> creatives;
};

struct NewCreative {
  std::string name;
  std::string upload;  ///< id
  CreativeKind kind = CreativeKind::produced;
  std::vector<std::string> categories{};
  std::optional<Time> expires{};
};
/// The values to set; none leaves a value unchanged.
struct CreativeEdit {
  std::optional<std::string> name;
  std::optional<CreativeKind> kind;
  std::optional<std::vector<std::string>> categories;
  std::optional<std::optional<Time>> expires;
};

/// Any event loop; coroutines resume there. `revision` is the one that the editor saw, none for no check: `conflict` if it differs now. IDs
/// must be those of resources that the caller may change (api/core/gate.hpp). `not_found` if they are gone.
class Booking {
 public:
  struct Parts {
    db::Database& database;
    Orders& orders;
    blob::Store& media;
    jobs::Runner& jobs;
    jobs::Workers& disk;
    const Clock& clock;
    Random& random;
  };
  explicit Booking(const Parts& parts) : parts_{parts} {}

  asio::awaitable<Result<Advertiser>> create_advertiser(accounts::Actor by, std::string network, std::string name);
  asio::awaitable<Result<Advertiser>> find_advertiser(std::string id);
  asio::awaitable<Result<Advertiser>> rename_advertiser(accounts::Actor by, std::string id, std::string name);
  /// `conflict` while it has campaigns.
  asio::awaitable<Result<>> remove_advertiser(accounts::Actor by, std::string id);
  /// Newest first, older than `before`; of one network, or of all.
  asio::awaitable<Result<std::vector<Advertiser>>> list_advertisers(std::optional<std::string> network, std::string before,
                                                                    std::size_t limit);

  /// `invalid` if the network has no such advertiser.
  asio::awaitable<Result<Campaign>> create_campaign(accounts::Actor by, std::string network, std::string name, std::string advertiser);
  asio::awaitable<Result<Campaign>> find_campaign(std::string id);
  asio::awaitable<Result<Campaign>> rename_campaign(accounts::Actor by, std::string id, std::string name);
  /// `conflict` while it has orders.
  asio::awaitable<Result<>> remove_campaign(accounts::Actor by, std::string id);
  asio::awaitable<Result<std::vector<Campaign>>> list_campaigns(std::optional<std::string> network, std::string advertiser,
                                                                std::string before, std::size_t limit);

  // Targets have slugs of shows in edits, and IDs in orders; slugs() turns them back.
  /// `invalid` if the terms don't fit together, or name shows or episodes that the network doesn't have.
  asio::awaitable<Result<FoundOrder>> create_order(accounts::Actor by, std::string campaign, OrderEdit terms);
  asio::awaitable<Result<FoundOrder>> find_order(std::string id);
  asio::awaitable<Result<std::vector<FoundOrder>>> list_orders(std::string campaign, std::string before, std::size_t limit);
  asio::awaitable<Result<FoundOrder>> edit_order(accounts::Actor by, std::string id, OrderEdit edit, std::optional<std::int64_t> revision);
  /// With its creatives. It remains in reports, and listeners can still get what they have begun.
  asio::awaitable<Result<>> remove_order(accounts::Actor by, std::string id);
  /// With all its creatives: `conflict` unless each is ready and can still be heard.
  asio::awaitable<Result<FoundOrder>> approve_order(accounts::Actor by, std::string id, std::optional<std::int64_t> revision);

  struct AddedCreative {
    BookedCreative creative;
    jobs::Job job;
  };
  /// Uses up the upload. It's heard once its order is approved (again).
  asio::awaitable<Result<AddedCreative>> add_creative(accounts::Actor by, std::string order, NewCreative creative);
  asio::awaitable<Result<BookedCreative>> find_creative(std::string id);
  asio::awaitable<Result<BookedCreative>> edit_creative(accounts::Actor by, std::string id, CreativeEdit edit,
                                                        std::optional<std::int64_t> revision);
  asio::awaitable<Result<>> remove_creative(accounts::Actor by, std::string id);
  /// Its audio, for listening; `not_found` until it's ready.
  asio::awaitable<Result<std::pair<CreativeFile, Body>>> audio(std::string id);

  asio::awaitable<Result<ShowRules>> show_rules(std::string slug);
  asio::awaitable<Result<ShowRules>> set_show_rules(accounts::Actor by, std::string slug, ShowRules rules);

  /// The slugs of the shows that these orders name, by ID, for people; shows that are gone have none.
  asio::awaitable<Result<std::map<std::string, std::string>>> slugs(std::vector<std::string> show_ids);

 private:
  /// Finds the order with that ID, calls `change(session, found)`, stamps and stores the order, and records it as `what`.
  asio::awaitable<Result<FoundOrder>> on_order(accounts::Actor by, std::string what, std::string id, std::optional<std::int64_t> revision,
                                               std::function<Result<>(db::Session&, FoundOrder&)> change);
  void record(db::Session& session, const accounts::Actor& by, const std::string& network, const std::string& what,
              const std::string& subject, const boost::json::object& was, const boost::json::object& became) const;

  Parts parts_;
};

/// With IDs of shows instead of slugs. `state` is the one to show (state_at()).
[[nodiscard]] boost::json::object document_of(const Order& order, OrderState state);
[[nodiscard]] boost::json::object document_of(const BookedCreative& creative);

/// A name of an advertiser, a campaign or a creative as one line; `invalid` if it's empty or too long.
[[nodiscard]] Result<std::string> name_from(std::string_view text);

}  // namespace carillon::ads
