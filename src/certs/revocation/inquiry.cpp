// See inquiry.hpp.

#include "certs/revocation/inquiry.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "certs/revocation/ocsp.hpp"
#include "crypto/inspection.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

namespace carillon::certs {
namespace {

/// A GET is answered from caches; longer ones have to be POSTed (RFC 5019 §5).
constexpr std::size_t kLongestOcspGet = 255;
/// URLs in certificates are short; longer ones aren't used.
constexpr std::size_t kLongestUrl = 2000;
/// A certificate's CRL and responder, and one more of each.
constexpr std::size_t kMaxUrls = 4;
constexpr ByteCount kLargestIssuer{64U << 10};

const crypto::Certificate* issuer_of(const RevocationSubject& subject) {
  for (std::size_t i = 1; i < subject.size(); ++i) {
    if (is_issued_by(subject.front(), subject[i])) return &subject[i];
  }
  return nullptr;
}

std::vector<std::string> first_of(std::vector<std::string> urls) {
  std::erase_if(urls, [](const std::string& url) { return url.size() > kLongestUrl; });
  if (urls.size() > kMaxUrls) urls.resize(kMaxUrls);
  return urls;
}

void run_side_by_side(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < std::min(kInquiriesAtOnce, count); ++i) {
    threads.emplace_back([&] {
      for (auto mine = next++; mine < count; mine = next++) work(mine);
    });
  }
}

RevocationAnswer unknown(const std::string& url, std::string problem) {
  return {.status = RevocationStatus::unknown, .source = url, .problem = std::move(problem)};
}

bool is_definite(const RevocationAnswer& answer) {
  return answer.status == RevocationStatus::good || answer.status == RevocationStatus::revoked;
}

}  // namespace

std::vector<RevocationAnswer> Inquiry::ask_list(const std::string& url, std::span<const RevocationSubject> subjects,
                                                std::span<const Asked> asked, Time now) {
  const auto all = [&](const std::string& problem) { return std::vector<RevocationAnswer>(asked.size(), unknown(url, problem)); };
  Known known;
  {
    const Lock lock{mutex_};
    if (const auto found = known_.find(url); found != known_.end()) known = found->second;
  }
  std::vector<RevocationAnswer> answers;
  for (const auto& one : asked) {
    const auto found = known.answers.find(crypto::fingerprint(subjects[one.subject].front()));
    if (found == known.answers.end() || known.dates.next_update <= now) break;
    answers.push_back(found->second);
  }
  // Someone else put this address into the certificate, so only public addresses are allowed.
  http::OutgoingRequest request{
      .url = url, .deadline = kListDeadline, .most = ByteCount{kLargestRevocationList}, .redirects = 2, .reach = http::Reach::public_only};
  const bool conditional = answers.size() == asked.size();
  if (conditional && !known.etag.empty()) request.fields.set("If-None-Match", known.etag);
  if (conditional && !known.modified.empty()) request.fields.set("If-Modified-Since", known.modified);
  const auto answer = outgoing_.exchange(request);
  if (!answer) return all(answer.error().message);
  if (conditional && answer->status == 304) return answers;
  if (answer->status != 200) return all("The CRL server returned status " + std::to_string(answer->status) + ".");

  std::vector<ListQuestion> questions;
  for (const auto& one : asked)
    questions.push_back(
        {.leaf = subjects[one.subject].front(), .issuer = *one.issuer, .others = std::span{subjects[one.subject]}.subspan(1)});
  std::optional<ListDates> dates;
  answers = read_revocation_list(answer->body, questions, now, dates);
  Known fresh{.etag = std::string(answer->fields.get("ETag").value_or("")),
              .modified = std::string(answer->fields.get("Last-Modified").value_or("")),
              .dates = dates.value_or(ListDates{}),
              .answers = {}};
  for (std::size_t i = 0; i < asked.size(); ++i) {
    answers[i].source = url;
    if (is_definite(answers[i])) fresh.answers.emplace(crypto::fingerprint(subjects[asked[i].subject].front()), answers[i]);
  }
  const Lock lock{mutex_};
  if (dates)
    known_.insert_or_assign(url, std::move(fresh));
  else
    known_.erase(url);
  return answers;
}

RevocationAnswer Inquiry::ask_responder(const std::string& url, const crypto::Certificate& leaf, const crypto::Certificate& issuer,
                                        Time now) {
  const auto der = ocsp_request(leaf, issuer);
  if (!der) return unknown(url, der.error().message);
  const http::OutgoingRequest base{
      .url = url, .deadline = kOcspDeadline, .most = ByteCount{kLargestOcspAnswer}, .redirects = 2, .reach = http::Reach::public_only};
  auto get = base;
  get.url += (url.ends_with('/') ? "" : "/") + percent_encoded(to_base64(std::as_bytes(std::span{*der})));
  auto answer = unknown(url, "The OCSP responder didn't answer.");
  if (get.url.size() <= kLongestOcspGet) {
    const auto got = outgoing_.exchange(get);
    if (got && got->status == 200) answer = read_ocsp_response(got->body, leaf, issuer, now);
  }
  if (is_definite(answer)) {
    answer.source = url;
    return answer;
  }
  auto post = base;
  post.method = http::Method::post;
  post.body = *der;
  post.fields.set("Content-Type", "application/ocsp-request");
  post.fields.set("Accept", "application/ocsp-response");
  const auto got = outgoing_.exchange(post);
  if (!got) return unknown(url, got.error().message);
  if (got->status != 200) return unknown(url, "The OCSP responder returned status " + std::to_string(got->status) + ".");
  answer = read_ocsp_response(got->body, leaf, issuer, now);
  answer.source = url;
  return answer;
}

std::vector<RevocationAnswer> Inquiry::ask(std::span<const RevocationSubject> subjects, Time now) {
  std::vector<RevocationAnswer> answers(subjects.size());
  // Missing issuers are downloaded from the URLs in the certificates, each once.
  std::map<std::string, std::optional<crypto::Certificate>, std::less<>> fetched;
  std::map<std::string, std::map<std::string, std::vector<Asked>>, std::less<>> lists;  // by URL, then by the issuer's fingerprint
  std::vector<const crypto::Certificate*> issuers(subjects.size());
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const auto& leaf = subjects[i].front();
    const auto list_urls = first_of(crypto::revocation_list_urls(leaf));
    if (list_urls.empty() && responder_urls(leaf).empty()) {
      answers[i].status = RevocationStatus::unchecked;
      continue;
    }
    issuers[i] = issuer_of(subjects[i]);
    if (issuers[i] == nullptr) {
      for (const auto& url : first_of(crypto::issuer_urls(leaf))) {
        if (!fetched.contains(url)) {
          auto& place = fetched[url];
          const auto got = outgoing_.exchange(
              {.url = url, .deadline = kOcspDeadline, .most = kLargestIssuer, .redirects = 2, .reach = http::Reach::public_only});
          if (got && got->status == 200) {
            if (auto issuer = crypto::Certificate::from_der(got->body)) place = std::move(*issuer);
          }
        }
        if (const auto& place = fetched[url]; place && is_issued_by(leaf, *place)) issuers[i] = &*place;
      }
    }
    if (issuers[i] == nullptr) {
      answers[i] = unknown({}, "The CA's certificate isn't known, so no answer could be verified.");
      continue;
    }
    for (const auto& url : list_urls) lists[url][crypto::fingerprint(*issuers[i])].push_back({i, issuers[i]});
  }

  struct Task {
    const std::string* url;
    const std::vector<Asked>* asked;
    std::vector<RevocationAnswer> said{};
  };
  std::vector<Task> tasks;
  for (const auto& [url, by_issuer] : lists) {
    for (const auto& [issuer, asked] : by_issuer) tasks.push_back({&url, &asked});
  }
  run_side_by_side(tasks.size(), [&](std::size_t at) { tasks[at].said = ask_list(*tasks[at].url, subjects, *tasks[at].asked, now); });
  for (const auto& task : tasks) {
    for (std::size_t i = 0; i < task.asked->size(); ++i) {
      auto& answer = answers[(*task.asked)[i].subject];
      // One list that says so is enough; a list without an answer doesn't undo it.
      if (answer.status != RevocationStatus::revoked && (is_definite(task.said[i]) || !is_definite(answer))) answer = task.said[i];
    }
  }

  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    if (answers[i].status == RevocationStatus::unknown && issuers[i] != nullptr && !responder_urls(subjects[i].front()).empty())
      open.push_back(i);
  }
  run_side_by_side(open.size(), [&](std::size_t at) {
    const auto i = open[at];
    for (const auto& url : first_of(responder_urls(subjects[i].front()))) {
      auto answer = ask_responder(url, subjects[i].front(), *issuers[i], now);
      if (is_definite(answer) || answers[i].problem.empty()) answers[i] = std::move(answer);
      if (is_definite(answers[i])) return;
    }
  });
  return answers;
}

}  // namespace carillon::certs
