// See hook.hpp.

#include "certs/dns_proof/hook.hpp"

#include "base/process/command.hpp"
#include "base/text.hpp"

namespace carillon::certs {
namespace {

/// The most outputs that are kept for cleanup commands.
constexpr std::size_t kMaxOutputs = 1000;

}  // namespace

Result<std::string> Hook::run(bool adding, const DnsProof& proof, const std::string& former_output) {
  Command command{.command = adding || settings_.cleanup.empty() ? settings_.hook : settings_.cleanup,
                  .environment = {{"CARILLON_ACTION", adding ? "present" : "cleanup"},
                                  {"CARILLON_DOMAIN", proof.domain},
                                  {"CARILLON_RECORD", proof.record},
                                  {"CARILLON_VALUE", proof.value}},
                  .within = settings_.hook_deadline,
                  .stop = stop_,
                  .end_group = true};
  const auto say = [&](std::initializer_list<std::string> words) {
    command.command.insert(command.command.end(), words.begin(), words.end());
  };
  switch (settings_.style) {
    case HookStyle::carillon:
      say({adding ? "present" : "cleanup", proof.record, proof.value});
      break;
    case HookStyle::lego:
      say({adding ? "present" : "cleanup", proof.record + ".", proof.value});
      break;
    case HookStyle::dehydrated:
      say({adding ? "deploy_challenge" : "clean_challenge", proof.domain, proof.token, proof.value});
      break;
    case HookStyle::certbot:
      command.environment.insert(command.environment.end(), {{"CERTBOT_DOMAIN", proof.domain},
                                                             {"CERTBOT_VALIDATION", proof.value},
                                                             {"CERTBOT_ALL_DOMAINS", proof.domain},
                                                             {"CERTBOT_REMAINING_CHALLENGES", "0"}});
      if (!adding) command.environment.emplace_back("CERTBOT_AUTH_OUTPUT", former_output);
      break;
  }
  return run_command(command);
}

Result<> Hook::present(const DnsProof& proof) {
  auto ran = run(true, proof, {});
  if (!ran) return fail(ran.error().kind, "The DNS hook failed: " + ran.error().message);
  const Lock lock{mutex_};
  if (outputs_.size() >= kMaxOutputs) outputs_.clear();
  outputs_.insert_or_assign(proof.value, std::string(trimmed(*ran)));
  return {};
}

Result<> Hook::remove(const DnsProof& proof) {
  std::string former;
  {
    const Lock lock{mutex_};
    if (const auto found = outputs_.find(proof.value); found != outputs_.end()) {
      former = std::move(found->second);
      outputs_.erase(found);
    }
  }
  const auto ran = run(false, proof, former);
  if (!ran) return fail(ran.error().kind, "The DNS hook could not remove the record: " + ran.error().message);
  return {};
}

}  // namespace carillon::certs
