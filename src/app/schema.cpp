// See schema.hpp.

#include "app/schema.hpp"

#include "accounts/schema.hpp"
#include "ads/serving/schema.hpp"
#include "ads/store/schema.hpp"
#include "app/clock_watch.hpp"
#include "certs/keeper/schema.hpp"
#include "certs/revocation/schema.hpp"
#include "certs/watch/schema.hpp"
#include "db/change_feed.hpp"
#include "incidents/schema.hpp"
#include "jobs/schema.hpp"
#include "podcast/store/schema.hpp"
#include "stats/weekly/schema.hpp"
#include "uploads/schema.hpp"

#include <array>
#include <string>

namespace carillon::app {

std::span<const db::Migration> schema() noexcept {
  static const std::string job_networks = std::string(jobs::kJobNetworksSchema) + std::string(podcast::kFillJobNetworks);
  static const std::string nodes =
      std::string(jobs::kNodesSchema) + std::string(jobs::kFreeLeasesOfUnnamedNodes) + std::string(certs::kFreeLeasesOfUnnamedNodes);
  static const std::string quiet_times = std::string(incidents::kQuietTimesSchema) + std::string(incidents::kAcknowledgmentsSchema);
  static const std::array kMigrations{
      db::Migration{1, "jobs", jobs::kJobsSchema},
      db::Migration{2, "shows, episodes, uploads, pictures", podcast::kSchema},
      db::Migration{3, "incidents and their messages", incidents::kSchema},
      db::Migration{4, "certificates", certs::kSchema},
      db::Migration{5, "watches", certs::kWatchSchema},
      db::Migration{6, "audit", accounts::kAuditSchema},
      db::Migration{7, "networks, people, sessions, tokens", accounts::kSchema},
      db::Migration{8, "uploads in pieces", uploads::kUploadsSchema},
      db::Migration{9, "schedules, metadata, trash", podcast::kWorkflowSchema},
      db::Migration{10, "pages of long lists", podcast::kListsSchema},
      db::Migration{11, "episodes in every order", podcast::kEpisodeListsSchema},
      db::Migration{12, "waveforms", podcast::kWaveformsSchema},
      db::Migration{13, "shows' own domains", podcast::kDomainsSchema},
      db::Migration{14, "settings", accounts::kSettingsSchema},
      db::Migration{15, "episodes' own covers", podcast::kEpisodeCoversSchema},
      db::Migration{16, "channels that people chose", incidents::kChannelOrdersSchema},
      db::Migration{17, "spares", certs::kSparesSchema},
      db::Migration{18, "reminders of tokens", accounts::kTokenRemindersSchema},
      db::Migration{19, "devices that have signed in", accounts::kDevicesSchema},
      db::Migration{21, "people who left", accounts::kDepartedSchema},
      db::Migration{22, "audit by act", accounts::kAuditActsSchema},
      db::Migration{24, "shares of jobs", jobs::kJobSharesSchema},
      db::Migration{26, "the latest time that was seen", kClockSchema},
      db::Migration{27, "claims of domains and their proofs", podcast::kDomainClaimsSchema},
      db::Migration{28, "who made a link", accounts::kLinkMakersSchema},
      db::Migration{29, "networks of jobs", job_networks},
      db::Migration{36, "feeds", podcast::kFeedsSchema},
      db::Migration{37, "nodes and their turns", nodes},
      db::Migration{38, "changes that other nodes follow", db::kChangesSchema},
      db::Migration{39, "former addresses", podcast::kFormerSchema},
      db::Migration{40, "words to search, shows that ask not to be listed, plain transcripts", podcast::kFindingSchema},
      db::Migration{45, "pictures' sizes", podcast::kPictureSizesSchema},
      db::Migration{46, "loudness of recordings", podcast::kSourceLoudnessSchema},
      db::Migration{50, "episodes by cover", podcast::kCoversIndexSchema},
      db::Migration{53, "remarks of watches", certs::kWatchRemarksSchema},
      db::Migration{54, "exports", certs::kExportsSchema},
      db::Migration{55, "names of watches", certs::kWatchNamesSchema},
      db::Migration{56, "revocation checks", certs::kRevocationSchema},
      db::Migration{57, "quiet times, acknowledgments that channels follow", quiet_times},
      db::Migration{58, "groups of names", certs::kGroupsSchema},
      db::Migration{59, "new keys of CA accounts", certs::kNextAccountKeysSchema},
      db::Migration{60, "true peaks of masters, findings about recordings", podcast::kAudioFindingsSchema},
      db::Migration{61, "STARTTLS in the names of watches", certs::kWatchKindsSchema},
      db::Migration{62, "settings for recordings, originals, former audio", podcast::kOriginalsSchema},
      db::Migration{63, "silences of masters", podcast::kSilencesSchema},
      db::Migration{65, "weekly mails", stats::kWeeklyMailsSchema},
      db::Migration{70, "cue points", podcast::kCuePointsSchema},
      db::Migration{75, "advertisers, campaigns, orders, creatives, rules of shows", ads::kSchema},
      db::Migration{80, "decided advertisements", ads::kServingSchema},
  };
  return kMigrations;
}

std::span<const db::Migration> guard_schema() noexcept {
  static const std::string nodes = std::string(jobs::kNodesSchema) + std::string(certs::kFreeLeasesOfUnnamedNodes);
  static const std::string quiet_times = std::string(incidents::kQuietTimesSchema) + std::string(incidents::kAcknowledgmentsSchema);
  static const std::array kMigrations{
      db::Migration{1, "incidents and their messages", incidents::kSchema},
      db::Migration{2, "certificates", certs::kSchema},
      db::Migration{3, "watches", certs::kWatchSchema},
      db::Migration{4, "audit", accounts::kAuditSchema},
      db::Migration{5, "channels that people chose", incidents::kChannelOrdersSchema},
      db::Migration{6, "spares", certs::kSparesSchema},
      db::Migration{7, "the latest time that was seen", kClockSchema},
      db::Migration{8, "nodes and their turns", nodes},
      db::Migration{9, "changes that other nodes follow", db::kChangesSchema},
      db::Migration{13, "remarks of watches", certs::kWatchRemarksSchema},
      db::Migration{14, "exports", certs::kExportsSchema},
      db::Migration{15, "names of watches", certs::kWatchNamesSchema},
      db::Migration{16, "revocation checks", certs::kRevocationSchema},
      db::Migration{17, "quiet times, acknowledgments that channels follow", quiet_times},
      db::Migration{18, "groups of names", certs::kGroupsSchema},
      db::Migration{19, "new keys of CA accounts", certs::kNextAccountKeysSchema},
      db::Migration{20, "STARTTLS in the names of watches", certs::kWatchKindsSchema},
  };
  return kMigrations;
}

}  // namespace carillon::app
