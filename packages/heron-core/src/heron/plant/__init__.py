"""What a plant is to its control."""

from heron.plant.object_bank import ObjectBank as ObjectBank
from heron.plant.interface import Plant as Plant
from heron.plant.interface import SetpointBlock as SetpointBlock
from heron.plant.interface import SetpointField as SetpointField
