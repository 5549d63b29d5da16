"""What a plant is to its control."""

from heron.plant.active_disturbances import ActiveDisturbances as ActiveDisturbances
from heron.plant.disturbance_kind import DisturbanceKind as DisturbanceKind
from heron.plant.disturbance_kind import DisturbanceParameter as DisturbanceParameter
from heron.plant.interface import Plant as Plant
from heron.plant.interface import SetpointBlock as SetpointBlock
from heron.plant.interface import SetpointField as SetpointField
from heron.plant.object_bank import ObjectBank as ObjectBank
from heron.plant.object_kind import ObjectKind as ObjectKind
from heron.plant.object_plant import ObjectPlant as ObjectPlant
from heron.plant.series import Series as Series
