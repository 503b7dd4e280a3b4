// See download_rows.hpp.

#include "api/stats/download_rows.hpp"

#include "api/core/blocking.hpp"
#include "api/stats/parameters.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <boost/json/object.hpp>

namespace carillon::api {
namespace json = boost::json;
namespace {

using std::chrono::days;

constexpr std::string_view kHeads = "cursor,time,show,episode,listener,listener_key,app,device,country,region,bytes,rules\r\n";
/// One row is shorter.
constexpr std::size_t kLongestRow = 4096;

class DownloadRows final : public Stream {
 public:
  DownloadRows(RowsWanted wanted, stats::Figures& figures, jobs::Workers& workers, std::atomic<int>& open)
      : wanted_{std::move(wanted)}, figures_{figures}, workers_{workers}, open_{open}, at_{wanted_.from} {}
  ~DownloadRows() override { --open_; }
  DownloadRows(const DownloadRows&) = delete;
  DownloadRows& operator=(const DownloadRows&) = delete;

  asio::awaitable<Result<std::string>> next() override {
    std::string piece;
    if (wanted_.table && !begun_) piece = kHeads;
    begun_ = true;
    while (piece.size() + kLongestRow <= kLargestStreamPiece && !cancelled_ && at_.day < wanted_.to) {
      if (!loaded_) {
        // A piece isn't held back for the next day.
        if (piece.size() > kLongestRow) break;
        auto read = co_await blocking(workers_, [&] { return figures_.rows(at_.day); });
        if (!read) co_return std::unexpected(read.error());
        day_ = only_wanted(std::move(*read));
        loaded_ = true;
      }
      if (at_.number >= day_.day.downloads.size()) {
        at_ = {at_.day + days{1}, 0};
        loaded_ = false;
        day_ = {};
        continue;
      }
      add_row(piece, day_.day.downloads[at_.number]);
    }
    co_return piece;
  }
  void cancel() noexcept override { cancelled_ = true; }

 private:
  [[nodiscard]] stats::Figures::DayDownloads only_wanted(stats::Figures::DayDownloads read) const {
    std::erase_if(read.day.downloads, [&](const stats::Download& download) {
      const auto& episode = read.day.texts[download.episode];
      if (!wanted_.episode.empty()) return episode != wanted_.episode;
      const auto show = read.show_of.find(episode);
      return show == read.show_of.end() || !wanted_.shows.contains(show->second);
    });
    read.day.downloads.shrink_to_fit();
    return read;
  }
  void add_row(std::string& piece, const stats::Download& download) {
    ++at_.number;
    const auto& text = day_.day.texts;
    const auto& episode = text[download.episode];
    const auto show = day_.show_of.find(episode);
    const auto slug = show == day_.show_of.end() ? wanted_.shows.end() : wanted_.shows.find(show->second);
    const auto& show_name = slug == wanted_.shows.end() ? std::string{} : slug->second;
    const auto listener = fmt::format("{:016x}", download.listener);
    if (wanted_.table) {
      piece += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\r\n", text_of(at_), to_rfc3339(download.first), csv_field(show_name),
                           episode, listener, download.key, csv_field(text[download.app]), csv_field(text[download.device]),
                           csv_field(text[download.country]), csv_field(text[download.region]), download.bytes, figures_.rules().version);
      return;
    }
    piece += json_text(json::object{{"cursor", text_of(at_)},
                                    {"time", to_rfc3339(download.first)},
                                    {"show", show_name},
                                    {"episode", episode},
                                    {"listener", listener},
                                    {"listener_key", download.key},
                                    {"app", text[download.app]},
                                    {"device", text[download.device]},
                                    {"country", text[download.country]},
                                    {"region", text[download.region]},
                                    {"bytes", download.bytes},
                                    {"rules", figures_.rules().version}}) +
             "\n";
  }

  const RowsWanted wanted_;
  stats::Figures& figures_;
  jobs::Workers& workers_;
  std::atomic<int>& open_;
  RowPlace at_;  ///< the next row
  bool begun_ = false, loaded_ = false, cancelled_ = false;
  stats::Figures::DayDownloads day_;
};

}  // namespace

std::string text_of(const RowPlace& place) { return fmt::format("{}.{}", text_of(place.day), place.number); }

std::optional<RowPlace> row_place_from(std::string_view text) {
  constexpr std::size_t kDay = 10;
  if (text.size() < kDay + 2 || text[kDay] != '.') return {};
  const auto day = day_from(text.substr(0, kDay));
  const auto number = parse_number(text.substr(kDay + 1));
  if (!day || !number) return {};
  return RowPlace{*day, static_cast<std::size_t>(*number)};
}

std::unique_ptr<Stream> stream_of_rows(RowsWanted wanted, stats::Figures& figures, jobs::Workers& workers, std::atomic<int>& open) {
  if (++open > kMaxExports) {
    --open;
    return nullptr;
  }
  return std::make_unique<DownloadRows>(std::move(wanted), figures, workers, open);
}

}  // namespace carillon::api
