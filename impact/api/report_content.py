"""REST: how a report and its versions are written."""

from typing import Any

from rest_framework import serializers
from rest_framework.serializers import Serializer

from consortia import access
from consortia.access import Permission
from consortia.models import OrganisationType, SizeClass
from consortia.rest.schema import NumberField
from impact import content, drafts, obligations, on_behalf, returning
from impact.models import Group, Involvement, ReportVersion, VersionStatus
from impact.standing import Standing
from impact.transitions import ReportStatus


class FigureInDraftSerializer(Serializer):
    indicator = serializers.CharField()
    actionLine = serializers.CharField(required=False, help_text="Exactly where the indicator is by action line.")
    value = NumberField(required=False, help_text="Not for a ratio. Euros with at most two decimals.")
    numerator = NumberField(required=False, help_text="For a ratio.")
    denominator = NumberField(required=False, help_text="For a ratio; not less than the numerator.")


class ParticipationInDraftSerializer(Serializer):
    kvkNumber = serializers.CharField(required=False, help_text="Eight digits. This or the institution code is needed.")
    institutionCode = serializers.CharField(required=False, help_text="Such as 25PW or 25PW01.")
    name = serializers.CharField(required=False)
    organisationType = serializers.ChoiceField(OrganisationType.values)
    postcode = serializers.CharField(required=False)
    sizeClass = serializers.ChoiceField(SizeClass.values, required=False)
    actionLine = serializers.CharField()
    involvement = serializers.ChoiceField(Involvement.values)


class UnidentifiedCompaniesSerializer(Serializer):
    actionLine = serializers.CharField()
    count = NumberField(help_text="Companies without a KVK number: they give bounds, and are not added.")


class HeadcountSerializer(Serializer):
    group = serializers.ChoiceField(Group.values)
    category = serializers.CharField(
        required=False, help_text="For students vo, mbo, ad, hbo, wo or other; else free text."
    )
    actionLine = serializers.CharField()
    institutionCode = serializers.CharField(required=False)
    headcount = NumberField(help_text="Participations.")
    firstTime = NumberField(help_text="Of those, for the first time this school year in this HIP.")


class DraftSerializer(Serializer):
    figures = FigureInDraftSerializer(many=True)
    participations = ParticipationInDraftSerializer(many=True)
    unidentifiedCompanies = UnidentifiedCompaniesSerializer(many=True)
    headcounts = HeadcountSerializer(many=True)


class CountingSerializer(Serializer):
    version = serializers.IntegerField()
    contentHash = serializers.CharField()
    seq = serializers.IntegerField()


class RemarkSerializer(Serializer):
    pointer = serializers.CharField()
    comment = serializers.CharField()


class IssueSerializer(Serializer):
    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ExplainedSerializer(IssueSerializer):
    explanation = serializers.CharField()


class ReportSummarySerializer(Serializer):
    consortium = serializers.CharField()
    period = serializers.CharField()
    status = serializers.ChoiceField([status.value for status in ReportStatus])
    version = serializers.IntegerField(allow_null=True, help_text="Null: nothing has been entered.")
    contentHash = serializers.CharField(allow_null=True)
    dueDate = serializers.DateField(help_text="With the extension of this HIP, where there is one.")
    counting = CountingSerializer(allow_null=True)


class RemarksSerializer(Serializer):
    """Null where the caller sees only what counts."""

    onBehalf = serializers.BooleanField(
        allow_null=True, help_text="Somebody who is not of the HIP entered it or handed it in, on behalf of the HIP."
    )
    comment = serializers.CharField(allow_null=True, help_text="Of the HIP, at submission.")
    warnings = ExplainedSerializer(many=True, allow_null=True, help_text="As they stood at submission.")
    reviewComment = serializers.CharField(allow_null=True)
    returned = RemarkSerializer(many=True, allow_null=True, help_text="Remarks of the reviewer at places.")
    correctionReason = serializers.CharField(allow_null=True)
    correctionCode = serializers.CharField(allow_null=True)


class ReportSerializer(ReportSummarySerializer, RemarksSerializer):
    openPlaces = serializers.ListField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="After a return of some places only these may change: another change is refused with the code "
        "`fixed`. Null: everything may change, or nothing can be filled in now.",
    )
    content = DraftSerializer(allow_null=True)


class VersionSummarySerializer(Serializer):
    number = serializers.IntegerField()
    status = serializers.ChoiceField(VersionStatus.values)
    contentHash = serializers.CharField()
    openedAt = serializers.DateTimeField()
    submittedAt = serializers.DateTimeField(allow_null=True)
    reviewedAt = serializers.DateTimeField(allow_null=True)
    isCounting = serializers.BooleanField()


class VersionSerializer(VersionSummarySerializer, RemarksSerializer):
    content = DraftSerializer()


def summary(held: Standing) -> dict[str, Any]:
    """A report as it stands in a list."""
    version, counting = held.version, held.counting
    return {
        "consortium": held.report.consortium.slug,
        "period": held.report.quarter_id,
        "status": held.status.value,
        "version": version and version.number,
        "contentHash": version and version.content_hash,
        "dueDate": obligations.deadline_of(held.report).due_date,
        "counting": counting
        and {"version": counting.number, "contentHash": counting.content_hash, "seq": held.counting_seq},
    }


def whole(held: Standing, user: Any) -> dict[str, Any]:
    """A report with its content."""
    version = held.version
    return {
        **summary(held),
        **_remarks(version, held, user),
        "openPlaces": _open_places(held, user),
        "content": None if version is None else content.write(drafts.lines_of(version)),
    }


def _open_places(held: Standing, user: Any) -> list[str] | None:
    may_change = returning.open_places(held)
    if may_change is None or not access.allows(user, Permission.SEE_REPORTS, held.report.consortium_id):
        return None
    return sorted(may_change)


def version_summary(version: ReportVersion, held: Standing) -> dict[str, Any]:
    return {
        "number": version.number,
        "status": version.status,
        "contentHash": version.content_hash,
        "openedAt": version.opened_at,
        "submittedAt": version.submitted_at,
        "reviewedAt": version.reviewed_at,
        "isCounting": held.counting is not None and held.counting.pk == version.pk,
    }


def whole_version(version: ReportVersion, held: Standing, user: Any) -> dict[str, Any]:
    return {
        **version_summary(version, held),
        **_remarks(version, held, user),
        "content": content.write(drafts.lines_of(version)),
    }


def _remarks(version: ReportVersion | None, held: Standing, user: Any) -> dict[str, Any]:
    """What HIP and reviewer wrote to each other: not for readers, who see what counts."""
    if version is None or not access.allows(user, Permission.SEE_REPORTS, held.report.consortium_id):
        return dict.fromkeys(RemarksSerializer().fields)
    return {
        "onBehalf": version.pk in on_behalf.people_by_version(held.report),
        "comment": version.comment,
        "warnings": version.warnings,
        "reviewComment": version.review_comment,
        "returned": [{key: remark[key] for key in ("pointer", "comment")} for remark in version.review_remarks],
        "correctionReason": version.correction_reason,
        "correctionCode": version.correction_code,
    }
