// See rules.hpp.

#include "stats/counting/rules.hpp"

namespace carillon::stats {
namespace {

struct Words {
  std::string_view name, explanation;
};
constexpr std::array<Words, kVerdicts> kWords{{
    {"download", "It began a download."},
    {"same_download", "It belongs to a download that was already counted."},
    {"not_a_get", "It only asked for the headers (HEAD)."},
    {"not_modified", "The listener already had the file (304)."},
    {"no_audio", "The response wasn't audio."},
    {"two_bytes", "It asked for at most two bytes."},
    {"nothing_sent", "The listener left before the first byte was sent."},
    {"no_agent", "It had no readable User-Agent."},
    {"bot", "Its User-Agent is a robot's."},
    {"watch", "An Apple Watch repeated the phone's download."},
    {"data_centre", "It came from a data center or VPN."},
    {"high_volume", "Its address had more downloads that day than listeners behind one address have."},
    {"too_little", "All requests of this listener together got less audio than the threshold."},
}};

}  // namespace

std::string_view name_of(Verdict verdict) noexcept { return kWords[static_cast<std::size_t>(verdict)].name; }
std::string_view explanation_of(Verdict verdict) noexcept { return kWords[static_cast<std::size_t>(verdict)].explanation; }

}  // namespace carillon::stats
