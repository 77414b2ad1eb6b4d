"""REST: the answer of lineage as it is described."""

from rest_framework import serializers
from rest_framework.serializers import Serializer

from consortia.models import OrganisationType
from consortia.rest.schema import NumberField, TextsSerializer, with_keyword
from impact import lineage, lineage_organisations
from impact.lineage import Absence
from impact.models import Involvement, Kind, Source


class LineageDefinitionSerializer(Serializer):
    kind = serializers.ChoiceField(Kind.values)
    unit = serializers.CharField()
    derivedFrom = serializers.CharField(allow_null=True)
    byActionLine = serializers.BooleanField()
    meaning = TextsSerializer()


with_keyword(LineageDefinitionSerializer, "source", serializers.ChoiceField(Source.values))
with_keyword(
    LineageDefinitionSerializer,
    "from",
    serializers.CharField(help_text="The quarter from which it holds; later than `period` where none held yet."),
)


class LineageVersionSerializer(Serializer):
    consortium = serializers.CharField()
    period = serializers.CharField()
    version = serializers.IntegerField()
    seq = serializers.IntegerField(help_text="The ledger entry that made it count.")
    value = NumberField(
        allow_null=True,
        help_text="What it adds; for organisations how many of those that count are in it. Null for a ratio.",
    )
    numerator = serializers.IntegerField(allow_null=True)
    denominator = serializers.IntegerField(allow_null=True)
    submittedAt = serializers.DateTimeField()
    submittedBy = serializers.CharField(allow_null=True, help_text="Null: not shown to the caller.")
    acceptedAt = serializers.DateTimeField()
    acceptedBy = serializers.CharField(allow_null=True, help_text="Null: not shown to the caller.")
    isCorrection = serializers.BooleanField()
    correctionCode = serializers.CharField(allow_null=True, help_text="Null: none, or not shown to the caller.")
    correctionReason = serializers.CharField(allow_null=True, help_text="Null: none, or not shown to the caller.")
    contentHash = serializers.CharField(allow_null=True, help_text="Null: not shown to the caller.")


class LineageMissingSerializer(Serializer):
    consortium = serializers.CharField()
    period = serializers.CharField()


class LineagePartSerializer(Serializer):
    key = serializers.CharField(help_text="Of a HIP, an action line or a quarter.")
    count = serializers.IntegerField()


class LineageOverlapSerializer(Serializer):
    by = serializers.ChoiceField(
        [lineage_organisations.HIPS, lineage_organisations.LINES, lineage_organisations.QUARTERS]
    )
    parts = LineagePartSerializer(many=True)
    sum = serializers.IntegerField(help_text="Of the parts.")
    repeated = serializers.IntegerField(help_text="How often an organisation was counted once more: sum − count.")
    shared = serializers.IntegerField(help_text="How many organisations are in more than one part.")
    count = serializers.IntegerField(help_text="The different organisations.")


class LineageBoundSerializer(Serializer):
    consortium = serializers.CharField()
    identified = serializers.IntegerField(help_text="Companies with a KVK number, of this HIP.")
    largest = serializers.IntegerField(help_text="Its largest count without a KVK number.")
    sum = serializers.IntegerField(help_text="All its counts without a KVK number.")


class LineageWithoutSerializer(Serializer):
    consortium = serializers.CharField()
    period = serializers.CharField()
    version = serializers.IntegerField()
    actionLine = serializers.CharField()
    count = serializers.IntegerField()
    pointer = serializers.CharField(allow_null=True, help_text="Null: not shown to the caller.")


class LineageBoundsSerializer(Serializer):
    identified = serializers.IntegerField()
    low = serializers.IntegerField(help_text="The largest of `identified` and, per HIP, `identified` + `largest`.")
    high = serializers.IntegerField(help_text="`identified` + the sum of all counts.")
    consortia = LineageBoundSerializer(many=True)
    unidentified = LineageWithoutSerializer(many=True)


class LineageLinkSerializer(Serializer):
    seq = serializers.IntegerField(help_text="The ledger entry that made the link.")
    kind = serializers.ChoiceField(["merge", "succession"])
    to = serializers.UUIDField()


with_keyword(LineageLinkSerializer, "from", serializers.UUIDField())


class LineageRowSerializer(Serializer):
    consortium = serializers.CharField()
    period = serializers.CharField()
    version = serializers.IntegerField()
    pointer = serializers.CharField(help_text="The place in the content of the version.")
    actionLine = serializers.CharField()
    involvement = serializers.ChoiceField(Involvement.values)
    organisation = serializers.UUIDField(help_text="As reported; `links` lead from it to the one that counts.")
    name = serializers.CharField(help_text="As reported.")
    kvkNumber = serializers.CharField(allow_null=True, help_text="As reported.")
    institutionCode = serializers.CharField(allow_null=True, help_text="As reported.")
    organisationType = serializers.ChoiceField(OrganisationType.values)
    sizeClass = serializers.CharField()


class LineageOrganisationSerializer(Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    kvkNumber = serializers.CharField(allow_null=True)
    institutionCode = serializers.CharField(allow_null=True)


class LineageRecordSerializer(Serializer):
    """An organisation that counts once, or a reported row."""

    kind = serializers.ChoiceField(
        ["organisation", "figure", "headcount", "total"],
        help_text="`total`: rows of one version together, where they are not shown apart.",
    )
    value = NumberField(allow_null=True, help_text="What it adds: 1 for an organisation. Null for a ratio.")
    organisation = LineageOrganisationSerializer(required=False, help_text="Of an organisation.")
    rows = LineageRowSerializer(many=True, required=False, help_text="Of an organisation: its rows that are shown.")
    links = LineageLinkSerializer(many=True, required=False, help_text="Of an organisation, in order of `seq`.")
    consortium = serializers.CharField(required=False, help_text="Of a row, like all that follows.")
    period = serializers.CharField(required=False)
    version = serializers.IntegerField(required=False)
    seq = serializers.IntegerField(required=False)
    indicator = serializers.CharField(required=False, help_text="For co-financing the part of it.")
    actionLine = serializers.CharField(required=False, allow_null=True)
    pointer = serializers.CharField(
        required=False, allow_null=True, help_text="The place in the content of the version. Null: not shown."
    )
    numerator = serializers.IntegerField(required=False, allow_null=True)
    denominator = serializers.IntegerField(required=False, allow_null=True)
    group = serializers.CharField(required=False, help_text="Of a head count, like all that follows.")
    category = serializers.CharField(required=False)
    institutionCode = serializers.CharField(required=False, allow_null=True)
    headcount = serializers.IntegerField(required=False)
    firstTime = serializers.IntegerField(required=False)
    counted = serializers.ChoiceField(["headcount", "firstTime"], required=False, help_text="Which is the value.")


class LineageSerializer(Serializer):
    consortium = serializers.CharField(allow_null=True, help_text="Null: the programme.")
    actionLine = serializers.CharField(allow_null=True, help_text="Null: all lines together.")
    indicator = serializers.CharField()
    period = serializers.CharField()
    measure = serializers.ChoiceField(lineage.MEASURES)
    value = NumberField(allow_null=True, help_text="The number that is explained, as in `/roll-ups`.")
    numerator = serializers.IntegerField(allow_null=True, help_text="Of this measure, for a ratio.")
    denominator = serializers.IntegerField(allow_null=True, help_text="Of this measure, for a ratio.")
    absence = serializers.ChoiceField(
        [each.value for each in Absence], allow_null=True, help_text="Why `value` is null; null where it is not."
    )
    unit = serializers.CharField()
    status = serializers.ChoiceField(["final", "provisional"])
    withheld = serializers.BooleanField(help_text="True: not shown to anonymous callers, and so are its records.")
    periods = serializers.ListField(child=serializers.CharField(), help_text="The quarters that the measure looks at.")
    definition = LineageDefinitionSerializer(allow_null=True, help_text="Null: not defined as of then.")
    versions = LineageVersionSerializer(many=True, help_text="The versions that count in it, by quarter and HIP.")
    notReported = LineageMissingSerializer(many=True, help_text="HIPs that were expected and of which nothing counts.")
    overlaps = LineageOverlapSerializer(
        many=True, help_text="For organisations: how the parts make the count, though they overlap."
    )
    bounds = LineageBoundsSerializer(allow_null=True, help_text="For `low` and `high`.")
    total = serializers.IntegerField(help_text="All records; for organisations the count itself.")
    named = serializers.IntegerField(help_text="The records that stand in `results`, over all pages.")
    notNamed = serializers.IntegerField(
        help_text="Organisations that are counted and not shown to the caller; `versions` says where."
    )
    rowsNotShown = serializers.IntegerField(
        allow_null=True, help_text="For organisations: rows that count, in reports that are not shown to the caller."
    )
    results = LineageRecordSerializer(many=True, help_text="The records, organisations by name.")
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last one.")
    seq = serializers.IntegerField(help_text="The ledger entry up to which this holds.")


with_keyword(
    LineageSerializer,
    "break",
    serializers.BooleanField(help_text="Quarters with an older definition are left out."),
)
