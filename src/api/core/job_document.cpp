// See job_document.hpp.

#include "api/core/job_document.hpp"

namespace carillon::api {
namespace json = boost::json;

json::object document_of(const jobs::Job& job) {
  return {{"id", job.id},
          {"kind", job.kind},
          {"subject", job.subject},
          {"state", jobs::name_of(job.state)},
          {"progress", job.progress},
          {"doing", job.doing},
          {"error", job.error.empty() ? json::value(nullptr) : json::value(job.error)},
          {"attempts", job.attempts},
          {"run_at", to_rfc3339(job.run_at)},
          {"created", to_rfc3339(job.created)},
          {"finished", job.finished ? json::value(to_rfc3339(*job.finished)) : json::value(nullptr)}};
}

}  // namespace carillon::api
